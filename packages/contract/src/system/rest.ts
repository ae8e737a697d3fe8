/** The state of the server. */
import { z } from 'zod';
import { defineRoute } from '../define.ts';

const healthState = z.enum(['healthy', 'degraded', 'unhealthy']);

const health = z
  .object({
    status: healthState.meta({ description: 'unhealthy: a required part is down; degraded: another one is' }),
    version: z.string(),
    time: z.iso.datetime({ offset: true }),
    uptime_seconds: z.number(),
    timezone: z.string().meta({ description: 'IANA name of the plant’s time zone', examples: ['Asia/Tokyo'] }),
    dependencies: z.array(
      z.object({
        name: z.string().meta({ examples: ['database'] }),
        kind: z.string().meta({ examples: ['pglite'] }),
        status: z.enum(['healthy', 'unhealthy']),
        required: z.boolean(),
        latency_ms: z.number(),
      }),
    ),
  })
  .meta({ id: 'Health' });

export const systemRoutes = {
  getHealth: defineRoute({
    operationId: 'getHealth',
    method: 'GET',
    path: '/health',
    tag: 'system',
    summary: { ja: 'システムの状態を取得します。', en: 'State of the system' },
    description: 'The server and the parts it depends on. Answers are at most two seconds old. 503 when a required part is down.',
    action: 'public',
    responses: {
      200: { description: 'Healthy or degraded', schema: health },
      503: { description: 'A required part is down', schema: health },
    },
    errors: [],
  }),
} as const;
