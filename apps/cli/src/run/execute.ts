/** Runs a pipeline on one image and follows it to its end. */
import { openAsBlob } from 'node:fs';
import { executionRoutes } from '@imageflow/api';
import { ApiError, type Client, followExecution, type Output } from '@imageflow/api/client';
import type { ImageFile } from './images.ts';

export type Execution = Output<typeof executionRoutes.getExecution>;

export type Result =
  | { readonly kind: 'ended'; readonly image: ImageFile; readonly execution: Execution }
  /** The image was not accepted. */
  | { readonly kind: 'refused'; readonly image: ImageFile; readonly error: ApiError };

export interface RunSettings {
  readonly pipeline: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly priority: string | undefined;
  onProgress(image: ImageFile, percent: number, step: string | null): void;
}

const uploadLimitMs = 300_000;
/** How often a full queue is waited for. */
const maxQueueWaits = 30;

export async function executeImage(client: Client, image: ImageFile, settings: RunSettings, signal: AbortSignal): Promise<Result> {
  try {
    const { execution_id: id } = await accept(client, image, settings, signal);
    for await (const message of followExecution(client, id, { signal })) {
      if (message.type === 'progress') settings.onProgress(image, message.progress, message.step);
    }
    return { kind: 'ended', image, execution: await client.call(executionRoutes.getExecution, { params: { id } }, { signal }) };
  } catch (error) {
    // Faults of this image; whatever concerns the server or the sign-in ends the whole run.
    if (error instanceof ApiError && [413, 415, 422].includes(error.status)) return { kind: 'refused', image, error };
    throw error;
  }
}

async function accept(client: Client, image: ImageFile, settings: RunSettings, signal: AbortSignal) {
  // One key for all tries: an answer that got lost does not run the image twice.
  const headers = { 'idempotency-key': crypto.randomUUID() };
  for (let waits = 0; ; waits++) {
    try {
      return await client.call(
        executionRoutes.createExecution,
        { headers, form: await formOf(image, settings) },
        { signal, timeoutMs: uploadLimitMs },
      );
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429 || waits >= maxQueueWaits) throw error;
      await new Promise((resolve) => setTimeout(resolve, (error.retryAfterSeconds ?? 1) * 1000));
    }
  }
}

async function formOf(image: ImageFile, settings: RunSettings): Promise<FormData> {
  const form = new FormData();
  form.set('pipeline_id', settings.pipeline);
  if (Object.keys(settings.parameters).length > 0) form.set('parameters', JSON.stringify(settings.parameters));
  if (settings.priority !== undefined) form.set('priority', settings.priority);
  form.set('input_files', await openAsBlob(image.path), image.name);
  return form;
}

/** What was found in the image, each once: a step's list holds those of the steps before it. */
export function detectionsOf(execution: Execution): Execution['steps'][number]['detections'] {
  const all = execution.steps.flatMap((step) => step.detections);
  return [
    ...new Map(
      all.map((detection) => [JSON.stringify([detection.class_name, detection.confidence, detection.bbox_original]), detection]),
    ).values(),
  ];
}
