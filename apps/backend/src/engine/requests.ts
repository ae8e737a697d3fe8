/** The topic image-processing-requests: executions for whichever engine has room. The message only hands over; the database says who holds what. */
import { type ImageProcessingRequest, imageProcessingRequest, topics } from '@imageflow/contract';
import { AppError, type BusMessage, type StepFault } from '@imageflow/core';
import type { Job } from './job.ts';
import { traceOf } from './span.ts';

export interface RequestReason {
  readonly fault: StepFault;
  readonly stepId: string | undefined;
}

export function toRequest(job: Job, heldBy: string, reason: RequestReason | undefined, now: number): BusMessage {
  const value: ImageProcessingRequest = {
    execution_id: job.id,
    pipeline_id: job.definition.pipeline_id,
    pipeline_version: job.version,
    execution_mode: job.mode === 'kafka_queue' ? 'kafka_queue' : 'kafka_fallback',
    priority: job.priority,
    held_by: heldBy,
    requested_at: new Date(now).toISOString(),
    error: reason === undefined ? null : { code: reason.fault.code, step_id: reason.stepId ?? null },
  };
  return { topic: topics.requests, key: job.id, value, headers: headersOf(job, now) };
}

/** @throws AppError VALIDATION_ERROR: such a message is nobody's, and ends among the dead letters. */
export function parseRequest(value: unknown): ImageProcessingRequest {
  const parsed = imageProcessingRequest.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError('VALIDATION_ERROR', {
    detail: { ja: 'メッセージの形式が違います', en: `The message has the wrong form: ${parsed.error.issues[0]?.path.join('.')}` },
    cause: parsed.error,
  });
}

/** For a person to look at: no further try is made. */
export function toDeadRequest(job: Job, heldBy: string, reason: RequestReason, tries: number, now: number): BusMessage {
  const request = toRequest(job, heldBy, reason, now);
  const dead = {
    'dlq-reason': `${reason.fault.code}: ${reason.fault.message.en}`,
    'dlq-deliveries': String(tries),
    'dlq-topic': topics.requests,
  };
  return { ...request, topic: topics.deadRequests, headers: { ...request.headers, ...dead } };
}

function headersOf(job: Job, now: number): Record<string, string> {
  const trace = traceOf(job);
  return {
    ce_specversion: '1.0',
    ce_id: `${job.id}-${now}`,
    ce_source: '/executions',
    ce_type: 'com.imageflowcanvas.execution.requested',
    ce_time: new Date(now).toISOString(),
    ce_subject: job.id,
    'content-type': 'application/json',
    ...(trace !== undefined && { traceparent: trace }),
  };
}
