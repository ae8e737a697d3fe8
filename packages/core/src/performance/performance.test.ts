import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addTime, type Histogram, mergeHistograms, percentileOf } from './histogram.ts';
import { analysePipeline } from './performance.ts';
import { type AttemptFact, type RunFact, rollUp } from './rollup.ts';
import { findTrend } from './trend.ts';

const hour = 3_600_000;
const day = 24 * hour;

function histogramOf(times: readonly number[]): Histogram {
  const histogram: Record<string, number> = {};
  for (const ms of times) addTime(histogram, ms);
  return histogram;
}

test('a percentile of a histogram is right to 2.5 %, however it was put together', () => {
  const times = fc.array(fc.double({ min: 0.1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(times, times, fc.constantFrom(0.5, 0.95, 0.99, 1), (one, other, share) => {
      const sorted = [...one, ...other].sort((a, b) => a - b);
      const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
      const found = percentileOf(mergeHistograms([histogramOf(one), histogramOf(other)]), share) ?? 0;
      // Half a bucket, and what floating point adds at its edge.
      expect(Math.abs(found - exact) / exact).toBeLessThan(0.026);
    }),
  );
  expect(percentileOf({}, 0.5)).toBeUndefined();
});

function series(values: readonly number[]) {
  return values.map((value, index) => ({ at: index * day, value }));
}

test.each([
  ['rises', [10, 11, 12, 12, 13, 14, 15, 16, 17, 18], 'degrading'],
  ['falls', [50, 48, 47, 44, 43, 40, 39, 35, 33, 30], 'improving'],
  ['wavers', [10, 12, 9, 11, 10, 12, 9, 11, 10, 11], 'stable'],
  ['rises but for one slow day', [10, 11, 12, 500, 13, 14, 15, 16, 17, 18], 'degrading'],
  ['stands still', Array(12).fill(7), 'stable'],
  ['is short', [1, 2, 3, 4, 5, 6, 7], 'unknown'],
] as const)('a series that %s (%j) is %s', (_name, values, direction) => {
  expect(findTrend(series(values)).direction).toBe(direction);
});

test('the test’s figures are those of the textbook', () => {
  // Ten rising values: S = 45, variance 125, z = 44/√125 = 3.935, p = 8.3e-5.
  const trend = findTrend(series([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
  expect(trend.pValue).toBeCloseTo(8.3e-5, 6);
  expect(trend.changePerDay).toBeCloseTo(1, 10);
});

const attempt = (stepId: string, elapsedMs: number, over: Partial<AttemptFact> = {}): AttemptFact => ({
  stepId,
  component: stepId === 'ai' ? 'AIDetectionService.Detect' : 'ResizeService.Resize',
  outcome: 'completed',
  elapsedMs,
  serviceMs: elapsedMs * 0.9,
  outputBytes: 1_000,
  ...over,
});

function run(at: number, over: Partial<RunFact> = {}): RunFact {
  return {
    pipeline: 'p',
    status: 'completed',
    finishedAt: at,
    elapsedMs: 50,
    attempts: [attempt('resize', 10), attempt('ai', 40)],
    ...over,
  };
}

function insightOf(facts: readonly RunFact[], limits: ReadonlyMap<string, number> = new Map()) {
  const { runs, steps } = rollUp(facts);
  return analysePipeline(runs, steps, (at) => at - (at % day), limits);
}

test('sums by the hour add up to the whole, and say where the time goes', () => {
  const facts = Array.from({ length: 40 }, (_, index) => run(index * hour * 0.7, { elapsedMs: 50 + index }));
  const insight = insightOf(facts);
  expect(insight).toMatchObject({ completed: 40, failed: 0, cancelled: 0, times: { mean: 69.5, min: 50, max: 89 } });
  expect(insight.bottleneck).toMatchObject({ stepId: 'ai', share: 0.8, completed: 40, serviceMs: 36, outputBytes: 1_000 });
  expect(insight.services).toMatchObject([
    { service: 'ResizeService', calls: 40, failed: 0 },
    { service: 'AIDetectionService', calls: 40 },
  ]);
  expect(insight.periods.map((period) => period.completed)).toEqual([35, 5]);
});

test('failed and cancelled executions are counted, and their times are not mixed in', () => {
  const failed = run(0, { status: 'failed', elapsedMs: 9_999, attempts: [attempt('resize', 5_000, { outcome: 'failed' })] });
  const insight = insightOf([run(0), failed, run(0, { status: 'cancelled', elapsedMs: undefined, attempts: [] })]);
  expect(insight).toMatchObject({ completed: 1, failed: 1, cancelled: 1, times: { mean: 50, max: 50 } });
  expect(insight.steps[0]).toMatchObject({ stepId: 'resize', completed: 1, failed: 1, times: { max: 10 } });
});

test.each<[string, readonly RunFact[], readonly string[]]>([
  ['few executions', Array(19).fill(run(0, { status: 'failed' })), []],
  ['nothing out of the way', Array(30).fill(run(0, { attempts: [attempt('resize', 25), attempt('resize2', 25)] })), ['LIGHTEN_STEP']],
  [
    'failures',
    [...Array(30).fill(run(0, { attempts: [] })), ...Array(2).fill(run(0, { status: 'failed', attempts: [] }))],
    ['CHECK_FAILURES'],
  ],
  [
    'retries',
    Array(30).fill(run(0, { attempts: [attempt('ai', 40), attempt('resize', 40), attempt('ai', 40, { outcome: 'retried' })] })),
    ['CHECK_RETRIES', 'LIGHTEN_STEP'],
  ],
  ['waiting', Array(30).fill(run(0, { attempts: [attempt('ai', 40, { serviceMs: 10 })] })), ['ADD_INSTANCE']],
  ['a tail', [...Array(95).fill(run(0, { attempts: [] })), ...Array(5).fill(run(0, { elapsedMs: 900, attempts: [] }))], ['CHECK_TAIL']],
  ['times near the time-out', Array(30).fill(run(0, { attempts: [attempt('slow', 95)] })), ['RAISE_TIMEOUT', 'LIGHTEN_STEP']],
])('%s lead to fitting advice', (_name, facts, codes) => {
  expect(insightOf(facts, new Map([['slow', 100]])).recommendations.map((each) => each.code)).toEqual(codes);
});

test('every piece of advice names its figure and the limit it passed', () => {
  const [advice] = insightOf(Array(30).fill(run(0, { attempts: [attempt('ai', 40, { serviceMs: 10 })] }))).recommendations;
  expect(advice).toMatchObject({ code: 'ADD_INSTANCE', stepId: 'ai', basis: { figure: 'waiting_share', value: 0.75, limit: 0.3 } });
  expect(advice?.message.en).toContain('75 %');
});
