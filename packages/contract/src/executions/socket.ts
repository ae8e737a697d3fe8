/** Messages of /ws/execution/{execution_id}, plus `sequence` and the snapshot that comes first. */
import { z } from 'zod';
import { execution, progressStatus } from './rest.ts';

const base = {
  execution_id: z.uuid(),
  sequence: z.int().meta({ description: 'From 1, rising, with gaps where a server died; ?last_sequence= asks for what came after it' }),
  timestamp: z.iso.datetime({ offset: true }),
};

export const snapshotMessage = z
  .object({ type: z.literal('snapshot'), ...base, execution })
  .meta({ id: 'ExecutionSnapshot', description: 'First after connecting: the execution as it is now' });

export const progressMessage = z
  .object({
    type: z.literal('progress'),
    ...base,
    step: z
      .string()
      .nullable()
      .meta({ examples: ['ai_detection'] }),
    progress: z.number().meta({ description: '0 to 100', examples: [65.5] }),
    status: progressStatus,
    data: z.object({
      current_component: z
        .string()
        .nullable()
        .meta({ examples: ['AI Detection Service'] }),
      elapsed_time_ms: z.number(),
      estimated_remaining_ms: z.number().nullable(),
      input: z.int().optional().meta({ description: 'Index of the input file' }),
      attempt: z.int().optional(),
      reason: z.string().optional().meta({ description: 'Why a step is tried again, was skipped or failed' }),
    }),
  })
  .meta({ id: 'ExecutionProgressMessage' });

export const completedMessage = z
  .object({
    type: z.literal('completed'),
    ...base,
    total_time_ms: z.number().meta({ examples: [87] }),
    output_files: z.array(z.object({ file_id: z.string(), filename: z.string(), download_url: z.string() })),
  })
  .meta({ id: 'ExecutionCompletedMessage' });

export const errorMessage = z
  .object({
    type: z.literal('error'),
    ...base,
    error: z.object({
      code: z.string().meta({ examples: ['AI_SERVICE_UNAVAILABLE', 'CANCELLED'] }),
      message: z.string(),
      retry_after: z.number().optional().meta({ description: 'Seconds' }),
    }),
  })
  .meta({ id: 'ExecutionErrorMessage', description: 'The execution failed or was cancelled' });

export const executionMessage = z.discriminatedUnion('type', [snapshotMessage, progressMessage, completedMessage, errorMessage]);

export type ExecutionMessage = z.output<typeof executionMessage>;

/** Nothing comes after it. */
export function isTerminal(message: ExecutionMessage): boolean {
  return message.type === 'completed' || message.type === 'error';
}
