/**
 * Circuit breaker of one instance.
 * closed –5 failures in a row→ open –30 s→ half_open: one trial. It succeeds → closed; it fails → open again.
 * Outcomes of calls that began before the breaker opened change nothing.
 */

const failuresToOpen = 5;
export const openMs = 30_000;

export type BreakerState = 'closed' | 'open' | 'half_open';

/** unreachable: no answer at all (connection, health check); fault: it answers, but fails. */
export type FailureCause = 'unreachable' | 'fault';

export interface Breaker {
  /** In a row. */
  readonly failures: number;
  readonly lastCause: FailureCause | undefined;
  /** Epoch ms; undefined = closed. */
  readonly openedAt: number | undefined;
  readonly isTrialRunning: boolean;
}

export const closedBreaker: Breaker = { failures: 0, lastCause: undefined, openedAt: undefined, isTrialRunning: false };

export function breakerState(breaker: Breaker, now: number): BreakerState {
  if (breaker.openedAt === undefined) return 'closed';
  return now - breaker.openedAt < openMs ? 'open' : 'half_open';
}

export function letsThrough(breaker: Breaker, now: number): boolean {
  const state = breakerState(breaker, now);
  return state === 'closed' || (state === 'half_open' && !breaker.isTrialRunning);
}

export function afterTrialStart(breaker: Breaker): Breaker {
  return { ...breaker, isTrialRunning: true };
}

export function afterSuccess(breaker: Breaker, isTrial: boolean): Breaker {
  return breaker.openedAt === undefined || isTrial ? closedBreaker : breaker;
}

export function afterFailure(breaker: Breaker, cause: FailureCause, isTrial: boolean, now: number): Breaker {
  const failures = breaker.failures + 1;
  if (breaker.openedAt === undefined) {
    return { failures, lastCause: cause, openedAt: failures >= failuresToOpen ? now : undefined, isTrialRunning: false };
  }
  return isTrial ? { failures, lastCause: cause, openedAt: now, isTrialRunning: false } : breaker;
}

/** The call ended without saying anything of the instance: cancelled, or refused for its own fault. */
export function afterNoVerdict(breaker: Breaker, isTrial: boolean): Breaker {
  return isTrial ? { ...breaker, isTrialRunning: false } : breaker;
}

/**
 * A health check is a trial too, as long as nothing but silence had opened the breaker: the answer then ends the cause.
 * Against an instance that answers checks but fails calls only a call can tell.
 */
export function afterHealthyCheck(breaker: Breaker, now: number): Breaker {
  if (breaker.lastCause !== 'unreachable') return breaker;
  const state = breakerState(breaker, now);
  return state === 'closed' || (state === 'half_open' && !breaker.isTrialRunning) ? closedBreaker : breaker;
}

export function afterFailedCheck(breaker: Breaker, now: number): Breaker {
  return afterFailure(breaker, 'unreachable', breakerState(breaker, now) === 'half_open' && !breaker.isTrialRunning, now);
}
