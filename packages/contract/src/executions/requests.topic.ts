/** Topic image-processing-requests: executions that a worker shall run. All else of them is in the database. */
import { z } from 'zod';
import { priority, runMode } from './rest.ts';

export const imageProcessingRequest = z
  .object({
    execution_id: z.uuid(),
    pipeline_id: z.string().meta({ description: 'The readable id', examples: ['quality-inspection-v1'] }),
    pipeline_version: z.int().meta({ description: 'The version it is pinned to', examples: [3] }),
    execution_mode: runMode.extract(['kafka_queue', 'kafka_fallback']).meta({
      description: 'kafka_queue: the pipeline asks for the queue; kafka_fallback: the direct way has failed',
    }),
    priority,
    held_by: z.uuid().meta({ description: 'The engine that holds it until a worker takes it; in other hands this message is void' }),
    requested_at: z.iso.datetime({ offset: true }),
    error: z
      .object({ code: z.string().meta({ examples: ['AI_SERVICE_UNAVAILABLE'] }), step_id: z.string().nullable() })
      .nullable()
      .meta({ description: 'Why the direct way failed' }),
  })
  .meta({ id: 'ImageProcessingRequest' });

export type ImageProcessingRequest = z.output<typeof imageProcessingRequest>;
