/** Whether and when a step is tried again (exponential from 100 ms). */
import { AppError } from '../errors.ts';
import type { Random } from '../ports.ts';
import type { EventBody, StepFault } from './events.ts';

const firstDelayMs = 100;
const maxDelayMs = 10_000;

/** Before attempt `attempt + 1`; ±25 %, so that runs that failed together do not return together. */
export function retryDelayMs(attempt: number, random: Random): number {
  const delay = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(attempt - 1, 20));
  return Math.round(delay * (0.75 + 0.5 * random()));
}

export interface FailedAttempt {
  readonly input: number;
  readonly step_id: string;
  readonly attempt: number;
  readonly elapsed_ms: number;
  readonly fault: StepFault;
}

/** The pool knows that nothing can be done sooner: trying at once would only fail again. */
const knownDownSeconds = 2;

/** What follows from a failed attempt. A fault of the input or the definition is the same on every attempt and every way of running. */
export function judgeFailure(failed: FailedAttempt, retries: number, canFallBack: boolean, random: Random): EventBody {
  const { fault, attempt, step_id } = failed;
  const helps = canFallBack && isFaultOfTheWay(fault);
  if (helps && (fault.retry_after ?? 0) >= knownDownSeconds) return { kind: 'fallback_requested', step_id, fault };
  if (fault.retryable && attempt <= retries) return { kind: 'step_retrying', ...failed, delay_ms: retryDelayMs(attempt, random) };
  if (helps) return { kind: 'fallback_requested', step_id, fault };
  return { kind: 'step_failed', ...failed };
}

/** A step that is too slow stays so, whoever calls it. */
function isFaultOfTheWay(fault: StepFault): boolean {
  return fault.retryable && fault.code !== 'STEP_TIMEOUT';
}

/** What an invoker threw, as the journal keeps it. */
export function toStepFault(error: unknown): StepFault {
  const known = error instanceof AppError ? error : new AppError('INTERNAL', { cause: error });
  return {
    code: known.code,
    message: known.detail,
    retryable: known.retryable,
    ...(known.retryAfterSeconds !== undefined && { retry_after: known.retryAfterSeconds }),
    // The pool names the service when none of its instances could take the call.
    ...(typeof known.extensions.service === 'string' && { is_unstarted: true as const }),
  };
}
