/**
 * An execution as a whole as a span below the request that asked for it. Its id follows from the execution's, so that steps, on whichever
 * engine and after however many of them have died, are below it; whoever writes the end records it.
 */
import type { Tracing } from '@imageflow/adapters/tracing';
import type { ExecutionState } from '@imageflow/core';
import type { Job } from './job.ts';

/** For what the execution causes. Undefined when no request with a trace asked for it. */
export function traceOf({ id, traceparent }: Pick<Job, 'id' | 'traceparent'>): string | undefined {
  const [version, traceId, parentId, flags] = traceparent?.split('-') ?? [];
  return parentId === undefined ? undefined : [version, traceId, spanIdOf(id), flags].join('-');
}

/** The random half of the UUID, which is never all zero. */
function spanIdOf(executionId: string): string {
  return executionId.replaceAll('-', '').slice(-16);
}

export function recordExecution(tracing: Tracing, job: Job, { status, mode, fault, finishedAt }: ExecutionState): void {
  const traceparent = traceOf(job);
  if (traceparent === undefined || finishedAt === undefined) return;
  tracing.record(`execution ${job.definition.pipeline_id}`, {
    kind: 'internal',
    parent: job.traceparent,
    traceparent,
    startedAt: job.createdAt,
    endedAt: finishedAt,
    error: status === 'failed' ? (fault?.code ?? status) : undefined,
    attributes: {
      'imageflow.execution.id': job.id,
      'imageflow.execution.status': status,
      'imageflow.execution.mode': mode,
      'imageflow.execution.takeovers': job.takeovers,
      'imageflow.pipeline.id': job.definition.pipeline_id,
      'imageflow.pipeline.version': job.version,
    },
  });
}
