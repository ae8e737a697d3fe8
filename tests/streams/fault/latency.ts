/** Whether the streams of a soak became slower. */
import { percentile } from '../../../bench/figures.ts';

/** Latencies, ms, and when they were seen, ms since the begin. */
export type Times = { readonly atMs: number; readonly latencyMs: number }[];

export const windowMs = 60_000;
const warmUpMs = 60_000;
const maxGrowth = 1.2;
const together = 'all streams';

export interface Change {
  readonly name: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly growth: number;
}

/** The rounded p95, ms. */
export function p95Of(times: Times, fromMs: number, untilMs: number): number {
  const within = times.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
  return Math.round(
    percentile(
      within.map(({ latencyMs }) => latencyMs),
      0.95,
    ),
  );
}

/** p95 of the first minute after the warm-up, and of the last one: of all frames, then of each stream's. */
export function changeOf(streams: ReadonlyMap<string, Times>, durationMs: number): readonly Change[] {
  const all: readonly (readonly [string, Times])[] = [[together, [...streams.values()].flat()], ...streams];
  return all.map(([name, times]) => {
    const [first, last] = [p95Of(times, warmUpMs, warmUpMs + windowMs), p95Of(times, durationMs - windowMs, durationMs)];
    return { name, firstMs: first, lastMs: last, growth: Math.round((last / first) * 100) / 100 };
  });
}

/**
 * The clocks of the streams drift past each other, so a frame meets others at the services in one minute and none in the next (25 and 41 ms):
 * a stream may become as slow as frames of all streams were in the first minute, but no slower.
 */
export function slowed(changes: readonly Change[]): string[] {
  const common = changes.find(({ name }) => name === together)?.firstMs ?? 0;
  return changes.flatMap(({ name, firstMs, lastMs }) =>
    lastMs <= maxGrowth * Math.max(firstMs, common)
      ? []
      : [`${name}: p95 was ${firstMs} ms in the first minute (of all streams ${common}) and ${lastMs} ms in the last`],
  );
}
