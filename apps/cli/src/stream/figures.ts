/** Rates and latencies of a stream: of the last second, and of all of it. */

export interface Second {
  /** Frames answered a second. */
  readonly fps: number;
  /** ms; undefined without an answer. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
}

export interface StreamFigures {
  answered(latencyMs: number): void;
  /** The figures since the last call. */
  read(): Second;
  readAll(): Second;
}

export function createStreamFigures(now: () => number): StreamFigures {
  const startedAt = now();
  const all = createLatencies();
  let since = { at: startedAt, latencies: createLatencies() };
  const read = ({ latencies, at }: typeof since): Second => ({
    fps: latencies.count() / Math.max(0.001, (now() - at) / 1000),
    p50: latencies.percentile(0.5),
    p95: latencies.percentile(0.95),
  });
  return {
    answered(latencyMs) {
      all.add(latencyMs);
      since.latencies.add(latencyMs);
    },
    read() {
      const second = read(since);
      since = { at: now(), latencies: createLatencies() };
      return second;
    },
    readAll: () => read({ at: startedAt, latencies: all }),
  };
}

/** A bucket for each ms up to ten seconds: a stream may run for weeks. */
function createLatencies() {
  const buckets = new Uint32Array(10_000);
  let count = 0;
  return {
    add(ms: number): void {
      const at = Math.max(0, Math.min(buckets.length - 1, Math.round(ms)));
      buckets[at] = (buckets[at] ?? 0) + 1;
      count += 1;
    },
    count: () => count,
    /** Nearest rank. */
    percentile(share: number): number | undefined {
      if (count === 0) return undefined;
      let left = Math.ceil(count * share);
      return buckets.findIndex((size) => {
        left -= size;
        return left <= 0;
      });
    },
  };
}
