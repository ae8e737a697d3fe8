/**
 * Whether a series rises or falls more than chance explains: Mann–Kendall test with Sen's slope (Gilbert, Statistical Methods for
 * Environmental Pollution Monitoring, 1987, §16.4 and §17.3). It assumes no distribution, and a single slow hour does not sway it.
 */

export interface Point {
  /** Epoch ms. */
  readonly at: number;
  readonly value: number;
}

export interface Trend {
  /** unknown: fewer points than the test needs. */
  readonly direction: 'improving' | 'degrading' | 'stable' | 'unknown';
  /** Median slope over all pairs. */
  readonly changePerDay: number;
  /** Two-sided; 1 when unknown. */
  readonly pValue: number;
  readonly points: number;
}

/** Below this many points the normal approximation of the test does not hold. */
const fewestPoints = 8;
const significance = 0.05;
const dayMs = 86_400_000;

/** Of times: falling is improving. Points in order of time. */
export function findTrend(points: readonly Point[]): Trend {
  if (points.length < fewestPoints) return { direction: 'unknown', changePerDay: 0, pValue: 1, points: points.length };
  const changePerDay = senSlope(points) * dayMs;
  const pValue = mannKendall(points.map((point) => point.value));
  const moves = changePerDay < 0 ? 'improving' : 'degrading';
  const direction = pValue < significance && changePerDay !== 0 ? moves : 'stable';
  return { direction, changePerDay, pValue, points: points.length };
}

/** The test's p-value. */
function mannKendall(values: readonly number[]): number {
  const n = values.length;
  let sum = 0;
  for (let later = 1; later < n; later += 1) {
    for (let earlier = 0; earlier < later; earlier += 1) sum += Math.sign((values[later] ?? 0) - (values[earlier] ?? 0));
  }
  const ties = [...countEquals(values).values()].reduce((all, count) => all + count * (count - 1) * (2 * count + 5), 0);
  const variance = (n * (n - 1) * (2 * n + 5) - ties) / 18;
  if (variance <= 0 || sum === 0) return 1;
  const z = (sum - Math.sign(sum)) / Math.sqrt(variance);
  return 2 * normalTail(Math.abs(z));
}

function countEquals(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function senSlope(points: readonly Point[]): number {
  const slopes: number[] = [];
  points.forEach((later, index) => {
    for (const earlier of points.slice(0, index)) {
      if (later.at > earlier.at) slopes.push((later.value - earlier.value) / (later.at - earlier.at));
    }
  });
  slopes.sort((one, other) => one - other);
  const middle = slopes.length / 2;
  const [low, high] = [slopes[Math.ceil(middle) - 1] ?? 0, slopes[Math.floor(middle)] ?? 0];
  return (low + high) / 2;
}

/** P(Z > z) for z ≥ 0; Abramowitz and Stegun 26.2.17, error below 7.5e-8. */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
