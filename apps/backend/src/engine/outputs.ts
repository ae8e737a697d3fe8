/** The files a run has made: what leaves the pipeline, and the lossless images between steps. */
import type { ExecutionState, ImageReference, StepState } from '@imageflow/core';
import type { Job } from './job.ts';
import type { FileRow } from './jobs.queries.ts';

export interface OutputFile {
  readonly id: string;
  readonly kind: 'output' | 'handover';
  readonly input: number;
  readonly stepId: string;
  readonly filename: string;
  readonly image: ImageReference;
}

export interface OutputBook {
  /** Each image has the same id whenever it is asked for: a journal that was down is written to again. */
  of(job: Job, state: ExecutionState): readonly OutputFile[];
}

export function createOutputBook(nextId: () => string): OutputBook {
  const ids = new Map<string, string>();
  const idOf = (key: string): string => {
    const id = ids.get(key) ?? nextId();
    ids.set(key, id);
    return id;
  };
  return {
    of: (job, state) =>
      [...state.steps.values()].flatMap((step) => filesOf(job, step).map((file) => ({ ...file, id: idOf(file.image.key) }))),
  };
}

function filesOf(job: Job, step: StepState): readonly Omit<OutputFile, 'id'>[] {
  const { result, input, step_id: stepId } = step;
  const place = { input, stepId };
  // A partial re-run begins with results of an older execution: their files stay the older one's.
  const isOwn = (image: ImageReference | undefined): image is ImageReference => image?.key.startsWith(`executions/${job.id}/`) === true;
  const name = (image: ImageReference): string => nameOf(job.inputs[input]?.filename ?? 'image', stepId, image.key);
  return [
    ...(!isOwn(result?.output) ? [] : [{ ...place, kind: 'output' as const, image: result.output, filename: name(result.output) }]),
    ...(!isOwn(result?.handover) ? [] : [{ ...place, kind: 'handover' as const, image: result.handover, filename: name(result.handover) }]),
  ];
}

/** "photo.jpg", step "resize" → "photo_resize.png". */
function nameOf(original: string, stepId: string, key: string): string {
  return `${original.replace(/\.[^.]{1,8}$/, '')}_${stepId}.${key.slice(key.lastIndexOf('.') + 1)}`;
}

/** As the table has it. */
export function toFileRow(file: OutputFile, job: Pick<Job, 'id' | 'createdBy'>, at: number): FileRow {
  const { key, contentType, sizeBytes, width, height } = file.image;
  return {
    id: file.id,
    kind: file.kind,
    object_key: key,
    filename: file.filename,
    content_type: contentType,
    size_bytes: sizeBytes,
    width: width > 0 ? width : null,
    height: height > 0 ? height : null,
    sha256: null,
    execution_id: job.id,
    input: file.input,
    step_id: file.stepId,
    created_by: job.createdBy ?? null,
    created_at: new Date(at),
  };
}
