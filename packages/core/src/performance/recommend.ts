/** Advice that follows from figures; each names the figure it rests on, and nothing is said without enough executions. */
import type { PipelineInsight, Recommendation, StepInsight, StepLimits } from './report.ts';

export type Advice = Pick<PipelineInsight, 'completed' | 'failed' | 'times' | 'trend' | 'steps' | 'bottleneck'> & {
  readonly limits: StepLimits;
};

const fewestExecutions = 20;

/** From these on there is something to say. */
const limits = {
  failureRate: 0.05,
  retryRate: 0.05,
  bottleneckShare: 0.5,
  waitingShare: 0.3,
  timeoutShare: 0.8,
  tailRatio: 5,
} as const;

export function advise(advice: Advice): readonly Recommendation[] {
  if (advice.completed + advice.failed < fewestExecutions) return [];
  return [
    ...adviseFailures(advice),
    ...advice.steps.flatMap((step) => [...adviseRetries(step), ...adviseTimeout(step, advice.limits)]),
    ...adviseBottleneck(advice.bottleneck),
    ...adviseTail(advice),
    ...adviseTrend(advice),
  ];
}

function adviseFailures({ completed, failed }: Advice): Recommendation[] {
  const rate = failed / (completed + failed);
  if (rate < limits.failureRate) return [];
  const message = {
    ja: `実行の ${percent(rate)} が失敗しています。失敗した実行のエラーを確認してください`,
    en: `${percent(rate)} of the executions fail. Look at the errors of failed executions`,
  };
  return [
    { code: 'CHECK_FAILURES', stepId: undefined, message, basis: { figure: 'failure_rate', value: rate, limit: limits.failureRate } },
  ];
}

function adviseRetries(step: StepInsight): Recommendation[] {
  const calls = step.completed + step.failed + step.retried;
  const rate = calls === 0 ? 0 : step.retried / calls;
  if (rate < limits.retryRate) return [];
  const message = {
    ja: `ステップ「${step.stepId}」の呼び出しの ${percent(rate)} が再試行されています。${step.component} のサービスの状態とログを確認してください`,
    en: `${percent(rate)} of the calls of step "${step.stepId}" are retried. Look at the state and the log of the service of ${step.component}`,
  };
  return [{ code: 'CHECK_RETRIES', stepId: step.stepId, message, basis: { figure: 'retry_rate', value: rate, limit: limits.retryRate } }];
}

function adviseTimeout(step: StepInsight, timeouts: StepLimits): Recommendation[] {
  const timeoutMs = timeouts.get(step.stepId);
  const share = timeoutMs === undefined || step.times.p99 === undefined ? 0 : step.times.p99 / timeoutMs;
  if (share < limits.timeoutShare) return [];
  const message = {
    ja: `ステップ「${step.stepId}」の 99 パーセンタイルが制限時間の ${percent(share)} に達しています。timeout_ms を増やすか、処理を軽くしてください`,
    en: `The 99th percentile of step "${step.stepId}" is at ${percent(share)} of its time-out. Raise timeout_ms or make the step lighter`,
  };
  const basis = { figure: 'p99_of_timeout', value: share, limit: limits.timeoutShare };
  return [{ code: 'RAISE_TIMEOUT', stepId: step.stepId, message, basis }];
}

/** Time outside the service is waiting for a turn, transfer and storing: another instance shortens it. Else the work itself is long. */
function adviseBottleneck(step: StepInsight | undefined): Recommendation[] {
  const mean = step?.times.mean;
  if (step === undefined || mean === undefined || step.serviceMs === undefined || step.share < limits.bottleneckShare) return [];
  const waiting = Math.max(0, 1 - step.serviceMs / mean);
  return waiting >= limits.waitingShare ? [addInstance(step, waiting)] : [lightenStep(step)];
}

function addInstance(step: StepInsight, waiting: number): Recommendation {
  const message = {
    ja: `時間の ${percent(step.share)} を占めるステップ「${step.stepId}」は、その ${percent(waiting)} をサービスの外での待ちに使っています。${step.component} のインスタンスを増やしてください`,
    en: `Step "${step.stepId}" takes ${percent(step.share)} of the time, and ${percent(waiting)} of that is waiting outside the service. Add an instance of the service of ${step.component}`,
  };
  const basis = { figure: 'waiting_share', value: waiting, limit: limits.waitingShare };
  return { code: 'ADD_INSTANCE', stepId: step.stepId, message, basis };
}

function lightenStep(step: StepInsight): Recommendation {
  const message = {
    ja: `時間の ${percent(step.share)} をステップ「${step.stepId}」の処理が占めています。前段で画像を縮小するか、軽いモデルやパラメーターを使ってください`,
    en: `The work of step "${step.stepId}" takes ${percent(step.share)} of the time. Give it a smaller image, a lighter model or cheaper parameters`,
  };
  const basis = { figure: 'time_share', value: step.share, limit: limits.bottleneckShare };
  return { code: 'LIGHTEN_STEP', stepId: step.stepId, message, basis };
}

function adviseTail({ times: { p50, p99 } }: Advice): Recommendation[] {
  const ratio = p50 === undefined || p99 === undefined ? 0 : p99 / p50;
  if (ratio < limits.tailRatio) return [];
  const message = {
    ja: `99 パーセンタイルが中央値の ${ratio.toFixed(1)} 倍です。大きな入力画像、再試行、混雑する時間帯を確認してください`,
    en: `The 99th percentile is ${ratio.toFixed(1)} times the median. Look for large inputs, retries and hours of high load`,
  };
  return [{ code: 'CHECK_TAIL', stepId: undefined, message, basis: { figure: 'p99_to_p50', value: ratio, limit: limits.tailRatio } }];
}

function adviseTrend({ trend }: Advice): Recommendation[] {
  if (trend.direction !== 'degrading') return [];
  const change = trend.changePerDay.toFixed(1);
  const message = {
    ja: `実行時間が 1 日あたり ${change} ms ずつ延びています (p = ${trend.pValue.toFixed(3)})。入力やモデルの変更を確認してください`,
    en: `Executions take ${change} ms longer every day (p = ${trend.pValue.toFixed(3)}). Look for changed inputs or models`,
  };
  return [{ code: 'CHECK_TREND', stepId: undefined, message, basis: { figure: 'trend_p_value', value: trend.pValue, limit: 0.05 } }];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
