/** One failed execution as a CloudEvent 1.0 (structured mode), sent to an address. */
import type { DueNotification } from './notifications.queries.ts';

const timeoutMs = 10_000;

export type Delivery =
  | { readonly kind: 'accepted' }
  /** The receiver says that it never wants this (410), or the address cannot be one. */
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'failed'; readonly error: string };

export function toCloudEvent({ executionId, definition, version, fault, finishedAt }: DueNotification): object {
  return {
    specversion: '1.0',
    // The same at every attempt: receivers can tell a repetition.
    id: executionId,
    source: '/imageflow/executions',
    type: 'com.imageflowcanvas.execution.failed',
    subject: executionId,
    time: (finishedAt ?? new Date(0)).toISOString(),
    datacontenttype: 'application/json',
    data: {
      execution_id: executionId,
      pipeline_id: definition.pipeline_id,
      pipeline_name: definition.name,
      pipeline_version: version,
      status: 'failed',
      error: fault === null ? null : { code: fault.code, message: fault.message, step_id: fault.step_id ?? null },
      execution_url: `/api/v1/executions/${executionId}`,
    },
  };
}

/** Redirects are not followed: the pipeline's author chose this address, not what it points to later. */
export async function deliver(url: string, event: object, stop: AbortSignal): Promise<Delivery> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
      body: JSON.stringify(event),
      signal: AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body?.cancel();
    if (response.ok) return { kind: 'accepted' };
    const error = `HTTP ${response.status}`;
    return response.status === 410 ? { kind: 'refused', error } : { kind: 'failed', error };
  } catch (error) {
    return { kind: 'failed', error: describe(error) };
  }
}

/** fetch says only "fetch failed"; what happened is its cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : error.name;
  return `${code}: ${cause instanceof Error ? cause.message : error.message}`.slice(0, 500);
}
