/** What a failed call says of the instance it ran on. */
import { status } from '@grpc/grpc-js';
import { AppError, type CallOutcome } from '@imageflow/core';

/** A user's shorter time-out says nothing of the instance; a healthy one answers its health check long before. */
const tellingTimeoutMs = 2_000;

/** Only what is the instance's fault counts for its breaker: not bad input, not a store that is down, not a full queue. */
export function judgeFailure(error: unknown, timeoutMs: number): CallOutcome {
  if (!(error instanceof AppError)) return { kind: 'failed', cause: 'fault' };
  switch (error.code) {
    case 'SERVICE_UNAVAILABLE':
    case 'AI_SERVICE_UNAVAILABLE':
      return { kind: 'failed', cause: 'unreachable' };
    case 'STEP_TIMEOUT':
      return timeoutMs >= tellingTimeoutMs ? { kind: 'failed', cause: 'unreachable' } : { kind: 'no_verdict' };
    case 'SERVICE_FAULT':
      return error.retryable ? { kind: 'failed', cause: 'fault' } : { kind: 'no_verdict' };
    case 'INTERNAL':
      return { kind: 'failed', cause: 'fault' };
    default:
      return { kind: 'no_verdict' };
  }
}

/** Whether a health check can tell more: nothing came back, or it goes away. */
export function isSuspicious(error: unknown): boolean {
  return error instanceof AppError && ['SERVICE_UNAVAILABLE', 'STEP_TIMEOUT', 'SHUTTING_DOWN'].includes(error.code);
}

/** The instance has not begun to work: another one may take the same attempt. */
export function isUnstarted(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  if (error.code === 'SHUTTING_DOWN' || error.code === 'QUEUE_FULL') return true;
  return error.code === 'SERVICE_UNAVAILABLE' && isUnconnected(error.cause);
}

/** grpc-js tells a call that found no connection from one whose connection broke by its text only. */
function isUnconnected(cause: unknown): boolean {
  if (typeof cause !== 'object' || cause === null || !('code' in cause) || !('details' in cause)) return false;
  return cause.code === status.UNAVAILABLE && /^No connection established/.test(String(cause.details));
}
