/** What calls through this pool say of an instance: counts, and times of the latest ones. */

/** Calls whose times are kept. */
const recentLimit = 100;
/** Weight of the newest call in the mean; 0.2 forgets a slow spell within some ten calls. */
const newestWeight = 0.2;
/** An instance that was slow once gets another chance: its mean counts half after so long without a call. */
const halfLifeMs = 30_000;

export interface Figures {
  readonly completed: number;
  readonly failed: number;
  /** Durations, oldest first. */
  readonly recentMs: readonly number[];
  readonly meanMs: number;
  readonly lastEndedAt: number | undefined;
}

export const noFigures: Figures = { completed: 0, failed: 0, recentMs: [], meanMs: 0, lastEndedAt: undefined };

export function afterCall(figures: Figures, durationMs: number, hasFailed: boolean, now: number): Figures {
  if (hasFailed) return { ...figures, failed: figures.failed + 1, lastEndedAt: now };
  const isFirst = figures.recentMs.length === 0;
  return {
    completed: figures.completed + 1,
    failed: figures.failed,
    recentMs: [...figures.recentMs.slice(1 - recentLimit), durationMs],
    meanMs: isFirst ? durationMs : figures.meanMs + newestWeight * (durationMs - figures.meanMs),
    lastEndedAt: now,
  };
}

/** Expected time of one more call on an instance that has `calls` running; 0 = not known, worth a try. */
export function expectedMs(figures: Figures, calls: number, now: number): number {
  if (figures.lastEndedAt === undefined) return 0;
  return figures.meanMs * 0.5 ** ((now - figures.lastEndedAt) / halfLifeMs) * (calls + 1);
}

/** Nearest rank; 0 without calls. `share` is in (0, 1]. */
export function percentileMs(figures: Figures, share: number): number {
  const sorted = [...figures.recentMs].sort((one, other) => one - other);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
}
