/** The service pool: services, their instances, and their states. */
import { z } from 'zod';
import { defineRoute } from '../define.ts';
import { pageOf } from '../page.ts';

const timestamp = z.iso.datetime({ offset: true });
const status = z.enum(['active', 'busy', 'unavailable', 'maintenance']);

export const serviceInstance = z
  .object({
    instance_id: z.string().meta({ examples: ['resize-1'] }),
    service: z.string().nullable().meta({ description: 'null: it has not said yet' }),
    address: z.string().meta({ examples: ['127.0.0.1:50051'] }),
    origin: z.enum(['settings', 'registered']).meta({ description: 'Named by the operator, or announced by itself' }),
    status,
    trouble: z.string().nullable().meta({ description: 'Why it cannot be used' }),
    version: z.string().nullable(),
    circuit_breaker: z.object({
      state: z.enum(['closed', 'open', 'half_open']),
      failures: z.int().meta({ description: 'In a row' }),
      opened_at: timestamp.nullable(),
    }),
    current_connections: z.int(),
    max_connections: z.int(),
    cpu_usage: z.number().nullable().meta({ description: 'Share of one core, 0 to 100 × cores' }),
    memory_usage_mb: z.number().nullable(),
    uptime_seconds: z.number().nullable(),
    response_time_ms: z.object({ mean: z.number(), p50: z.number(), p95: z.number() }),
    calls_completed: z.int(),
    calls_failed: z.int(),
    last_health_check: timestamp.nullable(),
    last_heartbeat: timestamp.nullable(),
  })
  .meta({ id: 'ServiceInstance' });

export const service = z
  .object({
    service: z.string().meta({ examples: ['ResizeService'] }),
    status: status.meta({ description: 'The best any of its instances can do' }),
    components: z.array(z.string()),
    instances: z.array(serviceInstance),
  })
  .meta({ id: 'Service' });

const tag = 'services';

export const serviceRoutes = {
  listServices: defineRoute({
    operationId: 'listServices',
    method: 'GET',
    path: '/grpc-services',
    tag,
    summary: { ja: 'gRPC サービスとそのインスタンスの状態を取得します。', en: 'List services and their instances' },
    description:
      'States, load and circuit breakers as of the last health check (every 10 s) and the calls since. The same is told live on /ws/system-status.',
    action: 'services:read',
    responses: { 200: { description: 'The services by name; always one page', schema: pageOf(service) } },
    errors: [],
  }),
  setMaintenance: defineRoute({
    operationId: 'setMaintenance',
    method: 'PUT',
    path: '/grpc-services/instances/{id}/maintenance',
    tag,
    summary: { ja: 'インスタンスを保守中にする、または復帰させます。', en: 'Take an instance out, or back in' },
    description: 'In maintenance an instance gets no new calls; running ones end. It stays so over a restart of the server.',
    action: 'services:write',
    params: z.object({ id: z.string().min(1).max(200) }),
    body: { kind: 'json', schema: z.object({ enabled: z.boolean() }) },
    responses: { 200: { description: 'The instance', schema: serviceInstance } },
    errors: ['NOT_FOUND'],
  }),
} as const;
