/** Counts and times of one stream: totals since it began, rates and latencies of the last second. */
import type { StreamFigures } from '@imageflow/contract';

export interface Figures {
  received(): void;
  dropped(): void;
  answered(latencyMs: number, isFailed: boolean): void;
  /** The figures at the end of a second; begins the next one. */
  tick(now: number): void;
  read(waiting: number): StreamFigures;
}

/** More in one second than any camera sends. */
const maxSamples = 1000;

export function createFigures(startedAt: number): Figures {
  const totals = { received: 0, answered: 0, failed: 0, dropped: 0 };
  let since = { at: startedAt, received: 0, answered: 0 };
  let samples: number[] = [];
  let last = { fpsIn: 0, fpsOut: 0, p50: null as number | null, p95: null as number | null };
  return {
    received() {
      totals.received += 1;
    },
    dropped() {
      totals.dropped += 1;
    },
    answered(latencyMs, isFailed) {
      totals.answered += 1;
      if (isFailed) totals.failed += 1;
      if (samples.length < maxSamples) samples.push(latencyMs);
    },
    tick(now) {
      const seconds = Math.max((now - since.at) / 1000, 0.001);
      const sorted = samples.sort((one, other) => one - other);
      last = {
        fpsIn: round((totals.received - since.received) / seconds),
        fpsOut: round((totals.answered - since.answered) / seconds),
        p50: percentile(sorted, 0.5),
        p95: percentile(sorted, 0.95),
      };
      since = { at: now, received: totals.received, answered: totals.answered };
      samples = [];
    },
    read: (waiting) => ({
      fps: last.fpsOut,
      latency_ms: last.p50,
      fps_in: last.fpsIn,
      fps_out: last.fpsOut,
      latency_p50_ms: last.p50,
      latency_p95_ms: last.p95,
      ...totals,
      waiting,
    }),
  };
}

/** Nearest rank. */
function percentile(sorted: readonly number[], share: number): number | null {
  const value = sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)];
  return value === undefined ? null : round(value);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
