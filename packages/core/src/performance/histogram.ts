/**
 * Times in buckets that grow by 5 %: any number of them can be added up, and a percentile is right to 2.5 %.
 * Sparse, by bucket number, so that it is small in JSON.
 */

export type Histogram = Readonly<Record<string, number>>;

const smallestMs = 0.1;
const growth = 1.05;

function bucketOf(ms: number): number {
  return Math.max(0, Math.floor(Math.log(Math.max(ms, smallestMs) / smallestMs) / Math.log(growth)));
}

export function addTime(histogram: Record<string, number>, ms: number): void {
  const bucket = bucketOf(ms);
  histogram[bucket] = (histogram[bucket] ?? 0) + 1;
}

export function mergeHistograms(histograms: readonly Histogram[]): Histogram {
  const merged: Record<string, number> = {};
  for (const histogram of histograms) {
    for (const [bucket, count] of Object.entries(histogram)) merged[bucket] = (merged[bucket] ?? 0) + count;
  }
  return merged;
}

/** Nearest rank, the middle of its bucket; undefined without any time. `share` is in (0, 1]. */
export function percentileOf(histogram: Histogram, share: number): number | undefined {
  // Keys that are whole numbers come in ascending order.
  const buckets = Object.entries(histogram);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.ceil(share * total);
  for (const [bucket, count] of buckets) {
    left -= count;
    if (left <= 0) return smallestMs * growth ** (Number(bucket) + 0.5);
  }
  return undefined;
}
