/** How far an execution is, for people who wait for it. */
import type { ExecutionState } from './state.ts';

export interface Progress {
  /** 0 to 100, one decimal; never goes back while a run lasts. */
  readonly percent: number;
  readonly finishedSteps: number;
  readonly totalSteps: number;
  readonly elapsedMs: number;
  /** Undefined while there is nothing to judge by. */
  readonly estimatedRemainingMs: number | undefined;
}

/** `expectedMs`: how long earlier runs of this size took, when known. */
export function progressOf(state: ExecutionState, now: number, expectedMs?: number): Progress {
  const { finished, steps, startedAt } = state;
  const elapsedMs = startedAt === undefined ? 0 : Math.max(0, (state.finishedAt ?? now) - startedAt);
  const isOver = state.finishedAt !== undefined;
  const share = state.status === 'completed' || steps.size === 0 ? 1 : finished / steps.size;
  return {
    percent: Math.round(share * 1000) / 10,
    finishedSteps: finished,
    totalSteps: steps.size,
    elapsedMs,
    estimatedRemainingMs: isOver ? 0 : estimate(elapsedMs, finished, steps.size, expectedMs),
  };
}

/** By the pace so far; before the first step has ended, by earlier runs. */
function estimate(elapsedMs: number, finished: number, total: number, expectedMs: number | undefined): number | undefined {
  if (finished > 0) return Math.round((elapsedMs / finished) * (total - finished));
  return expectedMs === undefined ? undefined : Math.max(0, Math.round(expectedMs - elapsedMs));
}

/** "AIDetectionService" → "AI Detection Service", as progress messages name it. */
export function serviceTitle(service: string): string {
  return service.replaceAll(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, (_all, a = '', b = '', c = '', d = '') => `${a}${c} ${b}${d}`);
}
