/** Figures of pipelines over REST. */
import type { Tables } from '@imageflow/adapters/database';
import { insightRoutes } from '@imageflow/contract';
import {
  AppError,
  analysePipeline,
  type Catalogue,
  type Clock,
  type PipelineDefinition,
  type PipelineInsight,
  type StepInsight,
} from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import type { Language } from '../../doors/language.ts';
import { languageOf } from '../../doors/request-context.ts';
import { register } from '../../doors/rest.ts';
import type { PipelinesService } from '../pipelines/pipelines.service.ts';
import { startOfDay } from './days.ts';
import { selectRunHours, selectStepHours } from './performance.queries.ts';
import type { Rollups } from './rollup.ts';

export interface InsightRouteNeeds {
  readonly db: Kysely<Tables>;
  readonly pipelines: Pick<PipelinesService, 'get'>;
  readonly catalogue: () => Catalogue;
  readonly rollups: Rollups;
  readonly clock: Clock;
  readonly timezone: string;
}

const dayMs = 86_400_000;
const hourlyDays = 2;

export function registerInsightRoutes(app: FastifyInstance, needs: InsightRouteNeeds): void {
  const { db, pipelines, rollups, clock } = needs;
  register(app, insightRoutes.getPipelineMetrics, async ({ params, query, request }) => {
    const pipeline = await pipelines.get(params.id);
    const timezone = parseTimezone(query.timezone ?? needs.timezone);
    const period = query.days <= hourlyDays ? 'hour' : 'day';
    const periodOf = period === 'hour' ? (hour: number) => hour : once((hour) => startOfDay(hour, timezone));
    const now = clock.now();
    const since = new Date(periodOf(now - query.days * dayMs));
    await rollups.catchUp();
    const [runs, steps] = await Promise.all([selectRunHours(db, pipeline.id, since), selectStepHours(db, pipeline.id, since)]);
    const insight = analysePipeline(runs, steps, periodOf, timeoutsOf(pipeline.definition, needs.catalogue()));
    const window = { from: since.toISOString(), to: new Date(now).toISOString(), period, timezone } as const;
    const metrics = toWire(insight, languageOf(request));
    return { status: 200, body: { pipeline_id: pipeline.pipeline_id, metrics, window, timestamp: new Date(now).toISOString() } };
  });
}

/** Each step of a pipeline asks for the same hours again. */
function once(compute: (hour: number) => number): (hour: number) => number {
  const known = new Map<number, number>();
  return (hour) => {
    const value = known.get(hour) ?? compute(hour);
    known.set(hour, value);
    return value;
  };
}

function timeoutsOf(definition: PipelineDefinition, catalogue: Catalogue): ReadonlyMap<string, number> {
  return new Map(
    definition.steps.flatMap((step) => {
      const timeoutMs = step.timeout_ms ?? catalogue.get(`${step.service}.${step.method}`)?.default_timeout_ms;
      return timeoutMs === undefined ? [] : [[step.step_id, timeoutMs] as const];
    }),
  );
}

function toWire(insight: PipelineInsight, language: Language) {
  const { completed, failed, cancelled, trend, bottleneck } = insight;
  return {
    performance_summary: {
      total_executions: completed + failed + cancelled,
      completed,
      failed,
      cancelled,
      ...toWireTimes(insight.times),
      improvement_trend: {
        direction: trend.direction,
        change_ms_per_day: rounded(trend.changePerDay) ?? 0,
        p_value: trend.pValue,
        periods: trend.points,
      },
    },
    step_metrics: insight.steps.map(toWireStep),
    service_metrics: insight.services.map(({ service, calls, failed: failedCalls, times }) => ({
      service,
      total_calls: calls,
      failed_calls: failedCalls,
      ...toWireTimes(times),
    })),
    periods: insight.periods.map(({ start, times, ...counts }) => ({
      start: new Date(start).toISOString(),
      ...counts,
      ...toWireTimes(times),
    })),
    bottleneck_analysis: bottleneck === undefined ? null : toWireBottleneck(bottleneck),
    optimization_recommendations: insight.recommendations.map(({ code, stepId, message, basis }) => ({
      code,
      step_id: stepId ?? null,
      message: message[language],
      basis: { ...basis },
    })),
  };
}

function toWireStep(step: StepInsight) {
  return {
    step_id: step.stepId,
    component: step.component,
    total_calls: step.completed + step.failed + step.retried,
    completed: step.completed,
    failed: step.failed,
    retries: step.retried,
    ...toWireTimes(step.times),
    avg_service_time_ms: rounded(step.serviceMs),
    avg_output_size_bytes: rounded(step.outputBytes),
    time_share: step.share,
  };
}

function toWireBottleneck(step: StepInsight) {
  return {
    step_id: step.stepId,
    component: step.component,
    time_share: step.share,
    avg_execution_time_ms: rounded(step.times.mean),
    avg_service_time_ms: rounded(step.serviceMs),
  };
}

function toWireTimes({ mean, min, p50, p95, p99, max }: PipelineInsight['times']) {
  return {
    avg_execution_time_ms: rounded(mean),
    min_execution_time_ms: rounded(min),
    '50th_percentile_ms': rounded(p50),
    '95th_percentile_ms': rounded(p95),
    '99th_percentile_ms': rounded(p99),
    max_execution_time_ms: rounded(max),
  };
}

/** Hundredths of a millisecond. */
function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 100) / 100;
}

function parseTimezone(name: string): string {
  try {
    Intl.DateTimeFormat('en', { timeZone: name });
    return name;
  } catch {
    const message = {
      ja: `タイムゾーン「${name}」はありません（例: Asia/Tokyo）`,
      en: `There is no time zone "${name}" (e.g. Asia/Tokyo)`,
    };
    throw new AppError('VALIDATION_ERROR', { detail: message, faults: [{ field: 'query.timezone', message, value: name }] });
  }
}
