/** The last message of a WebSocket that the server closes because of an error: it concerns the connection, not an execution. */
import { z } from 'zod';

export const refusalMessage = z
  .object({
    type: z.literal('error'),
    error: z.object({
      code: z.string().meta({ examples: ['NOT_FOUND'] }),
      message: z.string().meta({ examples: ['見つかりません'] }),
      retry_after: z.number().optional().meta({ description: 'Seconds' }),
    }),
  })
  .meta({ id: 'Refusal', description: 'Why the server closes the connection; 1008 or 1011 follows' });

export type RefusalMessage = z.output<typeof refusalMessage>;
