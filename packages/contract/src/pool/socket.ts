/** Messages of /ws/system-status: first a snapshot, then what changes. */
import { z } from 'zod';
import { service, serviceInstance } from './services.rest.ts';

const base = {
  sequence: z.int().meta({ description: 'Counts the messages of this connection, from 1', examples: [1] }),
  timestamp: z.iso.datetime({ offset: true }),
};

const health = z
  .object({
    status: z.enum(['healthy', 'degraded', 'unhealthy']),
    dependencies: z.array(
      z.object({
        name: z.string().meta({ examples: ['database'] }),
        kind: z.string().meta({ examples: ['pglite'] }),
        status: z.enum(['healthy', 'unhealthy']),
      }),
    ),
  })
  .meta({ id: 'HealthState' });

export const statusSnapshot = z
  .object({ type: z.literal('snapshot'), ...base, health, services: z.array(service) })
  .meta({ id: 'SystemStatusSnapshot', description: 'First after connecting' });

export const healthChanged = z.object({ type: z.literal('health_changed'), ...base, health }).meta({ id: 'HealthChanged' });

export const instanceChanged = z
  .object({ type: z.literal('instance_changed'), ...base, instance: serviceInstance })
  .meta({ id: 'InstanceChanged', description: 'At every health check, and when an instance changes its state' });

export const instanceRemoved = z
  .object({ type: z.literal('instance_removed'), ...base, instance: serviceInstance })
  .meta({ id: 'InstanceRemoved' });

export const systemStatusMessage = z.discriminatedUnion('type', [statusSnapshot, healthChanged, instanceChanged, instanceRemoved]);

export type SystemStatusMessage = z.output<typeof systemStatusMessage>;
