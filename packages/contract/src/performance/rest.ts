/** Figures of a pipeline, and what follows from them. */
import { z } from 'zod';
import { defineRoute } from '../define.ts';

const timestamp = z.iso.datetime({ offset: true });
const ms = z.number().nullable();

const times = {
  avg_execution_time_ms: ms,
  min_execution_time_ms: ms,
  '50th_percentile_ms': ms,
  '95th_percentile_ms': ms,
  '99th_percentile_ms': ms,
  max_execution_time_ms: ms,
};

const step = z
  .object({
    step_id: z.string(),
    component: z.string(),
    total_calls: z.int().meta({ description: 'With repeated attempts' }),
    completed: z.int(),
    failed: z.int(),
    retries: z.int(),
    ...times,
    avg_service_time_ms: ms.meta({ description: 'Inside the service; the rest is waiting, transfer and storing' }),
    avg_output_size_bytes: z.number().nullable(),
    time_share: z.number().meta({ description: 'Of the time of all steps, 0 to 1' }),
  })
  .meta({ id: 'StepMetrics' });

const pipelineMetrics = z
  .object({
    pipeline_id: z.string(),
    metrics: z.object({
      performance_summary: z.object({
        total_executions: z.int(),
        completed: z.int(),
        failed: z.int(),
        cancelled: z.int(),
        ...times,
        improvement_trend: z.object({
          direction: z.enum(['improving', 'degrading', 'stable', 'unknown']),
          change_ms_per_day: z.number(),
          p_value: z.number().meta({ description: 'Mann–Kendall test, two-sided; significant below 0.05' }),
          periods: z.int().meta({ description: 'Periods with executions; fewer than 8 say nothing' }),
        }),
      }),
      step_metrics: z.array(step),
      service_metrics: z.array(z.object({ service: z.string(), total_calls: z.int(), failed_calls: z.int(), ...times })),
      periods: z.array(z.object({ start: timestamp, completed: z.int(), failed: z.int(), ...times })),
      bottleneck_analysis: z
        .object({ step_id: z.string(), component: z.string(), time_share: z.number(), avg_execution_time_ms: ms, avg_service_time_ms: ms })
        .nullable()
        .meta({ description: 'The step most of the time goes to' }),
      optimization_recommendations: z.array(
        z.object({
          code: z.string().meta({ examples: ['ADD_INSTANCE'] }),
          step_id: z.string().nullable(),
          message: z.string(),
          basis: z
            .object({ figure: z.string(), value: z.number(), limit: z.number() })
            .meta({ description: 'The figure it rests on, and the limit it passed' }),
        }),
      ),
    }),
    window: z.object({ from: timestamp, to: timestamp, period: z.enum(['hour', 'day']), timezone: z.string() }),
    timestamp,
  })
  .meta({ id: 'PipelineMetrics' });

export const insightRoutes = {
  getPipelineMetrics: defineRoute({
    operationId: 'getPipelineMetrics',
    method: 'GET',
    path: '/pipelines/{id}/metrics',
    tag: 'pipelines',
    summary: { ja: 'パイプラインの実行時間・傾向・ボトルネックと、数値に基づく改善提案を取得します。', en: 'Figures of a pipeline' },
    description:
      'Executions, times, trend, time by step and service, the bottleneck, and recommendations that name the figure they rest on. From sums by the hour: percentiles are right to 2.5 %, and the cost does not grow with the number of executions. Times are those of completed executions.',
    action: 'pipelines:read',
    params: z.object({ id: z.string().min(1).max(100).meta({ description: 'The UUID or the readable pipeline_id' }) }),
    query: z.object({
      days: z.coerce
        .number()
        .int()
        .min(1)
        .max(92)
        .default(30)
        .meta({ description: 'How far to look back; up to 2 days are shown by the hour' }),
      timezone: z.string().min(1).max(64).optional().meta({ description: 'IANA name; default: the plant’s' }),
    }),
    responses: { 200: { description: 'The figures', schema: pipelineMetrics } },
    errors: ['NOT_FOUND'],
  }),
} as const;
