/** What the sums of a pipeline say: how fast, where the time goes, whether it gets better, and what would help. */
import { mergeHistograms, percentileOf } from './histogram.ts';
import { type Advice, advise } from './recommend.ts';
import type { PeriodInsight, PipelineInsight, ServiceInsight, StepInsight, StepLimits, Times } from './report.ts';
import type { RunHour, StepHour, Sums } from './rollup.ts';
import { findTrend } from './trend.ts';

/** `periodOf` gives the start of the period (a day of the plant, an hour) an hour lies in. */
export function analysePipeline(
  runs: readonly RunHour[],
  stepHours: readonly StepHour[],
  periodOf: (hour: number) => number,
  limits: StepLimits,
): PipelineInsight {
  const steps = analyseSteps(stepHours);
  const periods = analysePeriods(runs, periodOf);
  const trend = findTrend(periods.flatMap(({ start, times }) => (times.mean === undefined ? [] : [{ at: start, value: times.mean }])));
  const [bottleneck] = [...steps].sort((one, other) => other.share - one.share);
  const totals = {
    completed: total(runs, (run) => run.completed),
    failed: total(runs, (run) => run.failed),
    cancelled: total(runs, (run) => run.cancelled),
    times: timesOf(runs),
  };
  const advice: Advice = { ...totals, trend, steps, bottleneck, limits };
  return { ...totals, trend, steps, services: analyseServices(stepHours), periods, bottleneck, recommendations: advise(advice) };
}

function analyseSteps(hours: readonly StepHour[]): readonly StepInsight[] {
  const allMs = total(hours, (hour) => hour.sumMs);
  return [...groupBy(hours, (hour) => JSON.stringify([hour.stepId, hour.component])).values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const completed = total(own, (hour) => hour.completed);
    const perCall = (sum: number) => (completed === 0 ? undefined : sum / completed);
    return [
      {
        stepId: first.stepId,
        component: first.component,
        completed,
        failed: total(own, (hour) => hour.failed),
        retried: total(own, (hour) => hour.retried),
        times: timesOf(own),
        serviceMs: perCall(total(own, (hour) => hour.sumServiceMs)),
        outputBytes: perCall(total(own, (hour) => hour.sumOutputBytes)),
        share: allMs === 0 ? 0 : total(own, (hour) => hour.sumMs) / allMs,
      },
    ];
  });
}

function analyseServices(hours: readonly StepHour[]): readonly ServiceInsight[] {
  const groups = groupBy(hours, (hour) => hour.component.split('.', 1)[0] ?? '');
  return [...groups].map(([service, own]) => {
    const failed = total(own, (hour) => hour.failed + hour.retried);
    return { service, calls: total(own, (hour) => hour.completed) + failed, failed, times: timesOf(own) };
  });
}

function analysePeriods(runs: readonly RunHour[], periodOf: (hour: number) => number): readonly PeriodInsight[] {
  const groups = groupBy(runs, (run) => periodOf(run.hour));
  return [...groups]
    .sort(([one], [other]) => one - other)
    .map(([start, own]) => ({
      start,
      completed: total(own, (run) => run.completed),
      failed: total(own, (run) => run.failed),
      times: timesOf(own),
    }));
}

function timesOf(sums: readonly Sums[]): Times {
  const used = sums.filter((each) => each.completed > 0);
  const completed = total(used, (each) => each.completed);
  if (completed === 0) return { mean: undefined, min: undefined, p50: undefined, p95: undefined, p99: undefined, max: undefined };
  const histogram = mergeHistograms(used.map((each) => each.histogram));
  return {
    mean: total(used, (each) => each.sumMs) / completed,
    min: Math.min(...used.map((each) => each.minMs)),
    p50: percentileOf(histogram, 0.5),
    p95: percentileOf(histogram, 0.95),
    p99: percentileOf(histogram, 0.99),
    max: Math.max(...used.map((each) => each.maxMs)),
  };
}

function total<T>(items: readonly T[], numberOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + numberOf(item), 0);
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
