/** Turns a handler into a gRPC one: its turn, deadline and cancellation, metrics, log, errors. */

import type { handleUnaryCall, Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { noTracing, type Span, type Tracing } from '@imageflow/adapters/tracing';
import { AppError } from '@imageflow/core';
import { toGrpcError } from '@imageflow/grpc';
import type { Logger } from 'pino';
import type { Gate } from './gate.ts';
import type { LoadMeter } from './health.ts';
import { type InputFields, inlineSizeBytes } from './inputs.ts';
import type { ServiceMetrics } from './metrics.ts';
import type { Handle } from './program.ts';

export interface CallParts {
  readonly gate: Gate;
  readonly meter: LoadMeter;
  readonly metrics: ServiceMetrics;
  readonly log: Logger;
  readonly tracing: Tracing;
  /** Aborts all calls when a stop has waited long enough. */
  readonly stopping: AbortSignal;
}

/** For image work: waits for its turn at the gate. */
export function createWorkCall<Request, Response>(
  method: string,
  handle: Handle<Request, Response>,
  parts: CallParts,
): handleUnaryCall<Request, Response> {
  return createCall(method, parts, (call, signal, log) =>
    parts.gate.run(signal, inlineSizeBytes(asInput(call.request)), () => handle(call.request, { signal, log })),
  );
}

/** For calls that cost next to nothing. */
export function createLightCall<Request, Response>(
  method: string,
  handle: Handle<Request, Response>,
  parts: CallParts,
): handleUnaryCall<Request, Response> {
  // Health checks every few seconds would hide the load of real calls, and bury their traces.
  const unmetered = { ...parts, tracing: noTracing, meter: { callEnded: () => {} } };
  return createCall(method, unmetered, (call, signal, log) => handle(call.request, { signal, log }));
}

type Run<Request, Response> = (call: ServerUnaryCall<Request, Response>, signal: AbortSignal, log: Logger) => Promise<Response>;

type EndParts = Omit<CallParts, 'gate' | 'meter'> & { readonly meter: Pick<LoadMeter, 'callEnded'> };

function createCall<Request, Response>(method: string, parts: EndParts, run: Run<Request, Response>): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const startedAt = performance.now();
    const log = parts.log.child({ method, ...traceFields(call.metadata, call.request) });
    const span = startSpan(method, call, parts.tracing);
    const ended = (error?: AppError) => {
      const durationMs = performance.now() - startedAt;
      parts.meter.callEnded(durationMs, error !== undefined);
      parts.metrics.callEnded(method, error?.code ?? 'ok', durationMs);
      logEnd(log, durationMs, error);
      span.end(error);
    };
    const cancellation = watchCancellation(call, parts.stopping);
    run(call, cancellation.signal, log).then(
      (response) => {
        cancellation.close();
        ended();
        callback(null, response);
      },
      (thrown: unknown) => {
        cancellation.close();
        const error = thrown instanceof AppError ? thrown : new AppError('INTERNAL', { cause: thrown });
        ended(error);
        callback(toGrpcError(error));
      },
    );
  };
}

function startSpan(method: string, { metadata, request }: ServerUnaryCall<unknown, unknown>, tracing: Tracing): Span {
  const { traceparent, ...facts } = traceFields(metadata, request);
  const attributes: Record<string, string | number> = { 'rpc.system': 'grpc', 'rpc.method': method };
  for (const [name, value] of Object.entries(facts)) attributes[`imageflow.${name}`] = String(value);
  return tracing.start(method, { kind: 'server', parent: typeof traceparent === 'string' ? traceparent : undefined, attributes });
}

/**
 * Aborts with the call or with `stopping`, until it is closed. grpc-js cancels a call at its deadline too, and every call once it has been
 * answered: that one is nobody's business any more. Not by AbortSignal.any: what follows a signal that lives as long as the process is kept as
 * long (nodejs/node#64476), which were 2 KB a call.
 */
function watchCancellation(call: ServerUnaryCall<unknown, unknown>, stopping: AbortSignal): { signal: AbortSignal; close(): void } {
  const controller = new AbortController();
  const deadline = call.getDeadline();
  const cancel = () => controller.abort(new AppError(Date.now() >= Number(deadline) ? 'STEP_TIMEOUT' : 'CANCELLED'));
  const stop = () => controller.abort(stopping.reason);
  if (call.cancelled) cancel();
  else call.once('cancelled', cancel);
  if (stopping.aborted) stop();
  else stopping.addEventListener('abort', stop);
  return {
    signal: controller.signal,
    close() {
      call.off('cancelled', cancel);
      stopping.removeEventListener('abort', stop);
    },
  };
}

function logEnd(log: Logger, durationMs: number, error: AppError | undefined): void {
  const fields = { duration_ms: Math.round(durationMs * 10) / 10 };
  if (error === undefined) log.debug(fields, 'call completed');
  else if (error.status >= 500) log.error({ ...fields, code: error.code, err: error }, 'call failed');
  else log.info({ ...fields, code: error.code, detail: error.detail.en }, 'call refused');
}

function traceFields(metadata: Metadata, request: unknown): Record<string, unknown> {
  const traceparent = metadata.get('traceparent')[0]?.toString();
  const { execution_id, step_id, attempt } = (request ?? {}) as { execution_id?: unknown; step_id?: unknown; attempt?: unknown };
  return {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(typeof execution_id === 'string' && execution_id !== '' ? { execution_id, step_id, attempt } : {}),
  };
}

/** Every request with an image has these two fields; the others have neither. */
function asInput(request: unknown): InputFields {
  return (request ?? {}) as InputFields;
}
