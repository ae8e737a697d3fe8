/** Topic pipeline-progress: what happens to executions. Copies of facts the database holds. */
import { z } from 'zod';
import { progressStatus, runMode } from './rest.ts';

const text = z.object({ ja: z.string(), en: z.string() }).meta({ id: 'LocalizedText' });

const base = {
  execution_id: z.uuid(),
  pipeline_id: z.string().meta({ description: 'The readable id', examples: ['quality-inspection-v1'] }),
  sequence: z.int().meta({ description: 'Of the execution’s event, from 1, without gaps', examples: [7] }),
  timestamp: z.iso.datetime({ offset: true }),
  execution_mode: runMode,
};

const stepId = z
  .string()
  .nullable()
  .meta({ examples: ['ai_detection'] });

export const progressEvent = z
  .object({
    type: z.literal('progress'),
    ...base,
    status: progressStatus,
    step_id: stepId,
    progress: z.number().meta({ description: '0 to 100', examples: [65.5] }),
    data: z.object({
      current_component: z
        .string()
        .nullable()
        .meta({ examples: ['AI Detection Service'] }),
      elapsed_time_ms: z.number().meta({ examples: [1750] }),
      estimated_remaining_ms: z
        .number()
        .nullable()
        .meta({ examples: [850] }),
      input: z.int().optional().meta({ description: 'Index of the input file, from 0' }),
      attempt: z.int().optional().meta({ description: 'From 1' }),
      reason: text.optional().meta({ description: 'Why a step is tried again, was skipped or failed' }),
    }),
  })
  .meta({ id: 'ProgressEvent' });

export const completedEvent = z
  .object({
    type: z.literal('completed'),
    ...base,
    status: z.literal('completed'),
    total_time_ms: z.number().meta({ examples: [87] }),
    output_files: z.array(z.object({ file_id: z.uuid(), filename: z.string(), download_url: z.string() })),
  })
  .meta({ id: 'CompletedEvent' });

export const errorEvent = z
  .object({
    type: z.literal('error'),
    ...base,
    status: z.enum(['failed', 'cancelled']),
    step_id: stepId,
    error: z.object({
      code: z.string().meta({ examples: ['AI_SERVICE_UNAVAILABLE'] }),
      message: text,
      retry_after: z
        .number()
        .optional()
        .meta({ description: 'Seconds', examples: [30] }),
    }),
    notify: z.boolean().meta({ description: 'The pipeline asks for people to be told (error_handling.notification_on_failure)' }),
  })
  .meta({ id: 'ErrorEvent' });

/** A wish for whichever engine runs it; it is in the database already. */
export const cancelRequestEvent = z
  .object({
    type: z.literal('cancel_requested'),
    execution_id: base.execution_id,
    status: z.literal('running'),
    by: z.uuid().meta({ description: 'Who wishes it' }),
  })
  .meta({ id: 'CancelRequestEvent' });

/** A value of the topic; its key is the execution's id. */
export const pipelineProgress = z.discriminatedUnion('type', [progressEvent, completedEvent, errorEvent, cancelRequestEvent]);

export type PipelineProgress = z.output<typeof pipelineProgress>;
