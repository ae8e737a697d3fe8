/** Runs a pipeline on one image and follows it to its end. */
import { openAsBlob } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type Client, followExecution, type Output } from '@imageflow/client';
import { executionRoutes } from '@imageflow/contract';
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
  let accepted: string | undefined;
  try {
    const { execution_id: id } = await accept(client, image, settings, signal);
    accepted = id;
    for await (const message of followExecution(client, id, { signal })) {
      if (message.type === 'progress') settings.onProgress(image, message.progress, message.step);
    }
    return { kind: 'ended', image, execution: await client.call(executionRoutes.getExecution, { params: { id } }, { signal }) };
  } catch (error) {
    if (signal.aborted && accepted !== undefined) await cancel(client, accepted);
    if (error instanceof ApiError && faultsOfImages.has(error.code)) return { kind: 'refused', image, error };
    throw error;
  }
}

/** Whatever else goes wrong concerns all images alike, and ends the whole run. */
const faultsOfImages = new Set(['TOO_LARGE', 'UNSUPPORTED_MEDIA', 'IMAGE_BROKEN']);

const cancelLimitMs = 2_000;

/** Nobody waits for it any more. Failing at that is no news: the server may be why. */
async function cancel(client: Client, id: string): Promise<void> {
  await client.call(executionRoutes.cancelExecution, { params: { id } }, { timeoutMs: cancelLimitMs }).catch(() => undefined);
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
      await sleep((error.retryAfterSeconds ?? 1) * 1000, undefined, { signal });
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
