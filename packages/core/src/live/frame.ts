/** One frame of live video through a pipeline, in memory: each step starts as soon as those it depends on have ended. */
import { AppError } from '../errors.ts';
import type { Detection, Measures, Transform } from '../pipeline/data.ts';
import type { Plan, PlannedStep } from '../pipeline/plan.ts';

export type FrameImage =
  | { readonly kind: 'encoded'; readonly bytes: Uint8Array }
  /** 8-bit sRGB, interleaved RGB, rows top to bottom, no padding. */
  | { readonly kind: 'pixels'; readonly bytes: Uint8Array; readonly width: number; readonly height: number };

/** One step's work on one frame. */
export interface FrameCall {
  readonly stepId: string;
  /** "<service>.<method>". */
  readonly component: string;
  readonly image: FrameImage;
  readonly parametersJson: string;
  readonly detections: readonly Detection[];
  /** From the upright frame to `image`; undefined for the frame itself. */
  readonly transform: Transform | undefined;
  /** A later step works on the image this one makes. */
  readonly wantsPixels: boolean;
  /** Wanted encoded, for the client. */
  readonly encoding: Encoding | undefined;
  readonly timeoutMs: number;
}

export interface Encoding {
  readonly format: string;
  /** 1 to 100; undefined = the service's own. */
  readonly quality: number | undefined;
}

export interface FrameAnswer {
  /** Undefined when the component passes its image on, or none was wanted. */
  readonly pixels: FrameImage | undefined;
  readonly encoded: Uint8Array | undefined;
  readonly detections: readonly Detection[];
  /** From the upright frame to the image after this step. */
  readonly transform: Transform;
  readonly measures: Measures;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Rejects with an AppError; aborting the signal stops the work. */
export interface FrameInvoker {
  invoke(call: FrameCall, signal: AbortSignal): Promise<FrameAnswer>;
}

export interface FrameJob {
  readonly plan: Plan;
  /** By step_id. */
  readonly parametersJson: ReadonlyMap<string, string>;
  readonly image: FrameImage;
  /** Undefined: the client wants no image. */
  readonly encoding: Encoding | undefined;
  /** A step may be given less, never more. */
  readonly timeoutMs: number;
}

export interface FrameNeeds {
  readonly invoker: FrameInvoker;
  /** ms, of any beginning; finer than whole ones. */
  readonly now: () => number;
}

export type FrameOutcome = FrameResult | FrameFailure;

export interface FrameResult {
  readonly kind: 'completed';
  readonly encoded: Uint8Array | undefined;
  /** Of all steps that nothing depends on. */
  readonly detections: readonly Detection[];
  readonly measures: Measures;
  /** By step_id; steps that say nothing are left out. */
  readonly attributes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Size of the upright frame; undefined for a plan without steps. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
  readonly stepMs: ReadonlyMap<string, number>;
}

export interface FrameFailure {
  readonly kind: 'failed';
  readonly stepId: string;
  readonly error: AppError;
  readonly stepMs: ReadonlyMap<string, number>;
}

/** The first step that fails ends the frame; those that run then are stopped. Never rejects. */
export async function runFrame(job: FrameJob, needs: FrameNeeds, signal: AbortSignal): Promise<FrameOutcome> {
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const run = createRun(job, needs, stop);
  const answers = [...job.plan.steps.values()].map((step) => run.step(step));
  await Promise.allSettled(answers);
  signal.removeEventListener('abort', onAbort);
  return run.outcome();
}

interface Run {
  step(step: PlannedStep): Promise<FrameAnswer>;
  outcome(): FrameOutcome;
}

function createRun(job: FrameJob, { invoker, now }: FrameNeeds, stop: AbortController): Run {
  const { plan } = job;
  const started = new Map<string, Promise<FrameAnswer>>();
  const answers = new Map<string, FrameAnswer>();
  const stepMs = new Map<string, number>();
  const encodedBy = job.encoding === undefined ? undefined : lastToLeave(plan);
  let failure: { readonly stepId: string; readonly error: AppError } | undefined;

  async function runStep(step: PlannedStep): Promise<FrameAnswer> {
    await Promise.all(step.depends_on.map((id) => started.get(id)));
    const startedAt = now();
    try {
      stop.signal.throwIfAborted();
      const answer = await invoker.invoke(prepare(step, job, answers, encodedBy), stop.signal);
      answers.set(step.step_id, answer);
      return answer;
    } catch (error) {
      failure ??= { stepId: step.step_id, error: error instanceof AppError ? error : new AppError('INTERNAL', { cause: error }) };
      stop.abort(error);
      throw error;
    } finally {
      stepMs.set(step.step_id, now() - startedAt);
    }
  }

  return {
    step(step) {
      const answer = runStep(step);
      started.set(step.step_id, answer);
      return answer;
    },
    outcome: () => (failure === undefined ? toResult(plan, answers, encodedBy, stepMs) : { kind: 'failed', ...failure, stepMs }),
  };
}

/** All steps that `step` depends on have answered. */
function prepare(step: PlannedStep, job: FrameJob, answers: ReadonlyMap<string, FrameAnswer>, encodedBy: string | undefined): FrameCall {
  const source = findImage(job.plan, answers, step.imageFrom);
  return {
    stepId: step.step_id,
    component: step.component,
    image: source?.pixels ?? job.image,
    transform: source?.transform,
    detections: mergeDetections(step.depends_on.map((id) => answers.get(id)?.detections ?? [])),
    parametersJson: job.parametersJson.get(step.step_id) ?? '',
    wantsPixels: step.needsHandover,
    encoding: step.step_id === encodedBy ? job.encoding : undefined,
    timeoutMs: Math.min(step.timeoutMs, job.timeoutMs),
  };
}

/** A step whose component turned out to make no image passed its own source on. */
function findImage(plan: Plan, answers: ReadonlyMap<string, FrameAnswer>, stepId: string | undefined): FrameAnswer | undefined {
  let id = stepId;
  while (id !== undefined) {
    const answer = answers.get(id);
    if (answer?.pixels !== undefined) return answer;
    id = plan.steps.get(id)?.imageFrom;
  }
  return undefined;
}

/** Of several images that leave a pipeline a client of live video gets the last. */
function lastToLeave(plan: Plan): string | undefined {
  return [...plan.steps.values()].findLast((step) => step.leavesPipeline)?.step_id;
}

function toResult(
  plan: Plan,
  answers: ReadonlyMap<string, FrameAnswer>,
  encodedBy: string | undefined,
  stepMs: ReadonlyMap<string, number>,
): FrameResult {
  const ends = [...plan.steps.values()].filter((step) => step.dependents.length === 0);
  const transform = answers.values().next().value?.transform;
  return {
    kind: 'completed',
    encoded: encodedBy === undefined ? undefined : answers.get(encodedBy)?.encoded,
    detections: mergeDetections(ends.map((step) => answers.get(step.step_id)?.detections ?? [])),
    measures: Object.assign({}, ...[...answers.values()].map((answer) => answer.measures)),
    attributes: Object.fromEntries(
      [...answers].flatMap(([id, { attributes }]) => (Object.keys(attributes).length === 0 ? [] : [[id, attributes]])),
    ),
    size: transform === undefined ? undefined : { width: transform.original_width, height: transform.original_height },
    stepMs,
  };
}

/** Branches bring the detections of their common origin twice. */
function mergeDetections(lists: readonly (readonly Detection[])[]): readonly Detection[] {
  if (lists.length < 2) return lists[0] ?? [];
  return [...new Map(lists.flat().map((detection) => [JSON.stringify(detection), detection])).values()];
}
