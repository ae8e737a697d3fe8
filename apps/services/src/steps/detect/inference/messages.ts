/** What the service's main thread and its inference thread tell each other. */

export type TensorType = 'float32' | 'float16';

export interface TensorDescription {
  readonly name: string;
  /** As onnxruntime calls it, e.g. "float32"; other than TensorType for models that are refused. */
  readonly type: string;
  /** Undefined: dynamic. */
  readonly dims: readonly (number | undefined)[];
}

export interface SessionIo {
  readonly inputs: readonly TensorDescription[];
  readonly outputs: readonly TensorDescription[];
}

/** A model file by content: a thread that loads it again makes sure that it still has this hash. */
export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
  /** Stays loaded for ever; the others make room for each other. */
  readonly isPinned: boolean;
}

export interface OpenJob {
  readonly kind: 'open';
  readonly path: string;
}

export interface OpenedModel extends SessionIo {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Runs a model once on a grey image. */
export interface TryJob {
  readonly kind: 'try';
  readonly model: ModelFile;
  readonly inputName: string;
  readonly type: TensorType;
  readonly width: number;
  readonly height: number;
  /** As many as the model has names; undefined: it has none. */
  readonly classCount: number | undefined;
}

/** What is wrong with the boxes of a trial. */
export type Implausible = 'class_number' | 'score' | 'corners' | 'not_pixels';

export interface TrialRun {
  readonly output: TensorDescription;
  /** Every output value is at least 0 and they add up to 1. */
  readonly isDistribution: boolean;
  /** What speaks against the output being boxes; undefined: nothing, or its shape is none of boxes. */
  readonly implausible: Implausible | undefined;
}

export interface BoxLimits {
  readonly confidence: number;
  readonly iou: number;
  readonly maxDetections: number;
  /** By class: 1 = wanted. Undefined: all. */
  readonly wanted: Uint8Array | undefined;
}

export interface RunJob {
  readonly kind: 'run';
  readonly model: ModelFile;
  readonly inputName: string;
  readonly outputName: string;
  readonly type: TensorType;
  readonly width: number;
  readonly height: number;
  /** Planar RGB as the model wants it; comes back with the answer for the next image. */
  readonly input: ArrayBuffer;
  readonly reduce: { readonly kind: 'raw' | 'end_to_end'; readonly limits: BoxLimits } | { readonly kind: 'scores' };
}

export interface RunAnswer {
  /** Boxes: x1, y1, x2, y2, score, class, six numbers each, best first. Scores: one per class. */
  readonly values: Float32Array;
  readonly input: ArrayBuffer;
}

export interface CloseJob {
  readonly kind: 'close';
  readonly sha256: string;
}

export type Job = OpenJob | TryJob | RunJob | CloseJob;

export interface Answers {
  readonly open: OpenedModel;
  readonly try: TrialRun;
  readonly run: RunAnswer;
  readonly close: null;
}

export interface JobMessage {
  readonly kind: 'job';
  readonly id: number;
  readonly job: Job;
}

/** The last message: the thread ends once the jobs before it are done. */
export interface EndMessage {
  readonly kind: 'end';
}

export interface AnswerMessage {
  readonly id: number;
  readonly outcome: { readonly ok: true; readonly answer: Answers[keyof Answers] } | { readonly ok: false; readonly error: unknown };
  /** Hashes of the models loaded after this job. */
  readonly loaded: readonly string[];
}

/** Given to the thread when it starts. */
export interface ThreadSettings {
  /** Threads within one run. */
  readonly threads: number;
  /** onnxruntime's names, in order of preference, e.g. ["cuda", "cpu"]. */
  readonly providers: readonly string[];
  /** Models that are not pinned and stay loaded. */
  readonly loadedLimit: number;
}
