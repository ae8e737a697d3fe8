/** Headers of every message: CloudEvents 1.0 in binary mode (Kafka protocol binding), and the trace. */
import { z } from 'zod';

export const eventHeaders = z
  .looseObject({
    ce_specversion: z.literal('1.0'),
    ce_id: z.string().meta({ description: 'Together with ce_source unique: the same id is the same event, sent again' }),
    ce_source: z.string().meta({ examples: ['/executions'] }),
    ce_type: z.string().meta({ examples: ['com.imageflowcanvas.execution.progress'] }),
    ce_time: z.iso.datetime({ offset: true }),
    ce_subject: z.string().optional().meta({ description: 'The execution' }),
    'content-type': z.literal('application/json'),
    traceparent: z
      .string()
      .optional()
      .meta({ description: 'W3C trace context', examples: ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'] }),
  })
  .meta({ id: 'EventHeaders' });

/** What a dead letter carries besides its own headers. */
export const deadLetterHeaders = eventHeaders
  .extend({
    'dlq-reason': z.string().meta({ description: 'Of the last failed delivery' }),
    'dlq-deliveries': z.string().meta({ description: 'How often it was tried', examples: ['5'] }),
    'dlq-topic': z.string().meta({ description: 'Where it came from', examples: ['image-processing-requests'] }),
  })
  .meta({ id: 'DeadLetterHeaders' });
