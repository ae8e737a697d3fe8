/** What orchestrators and Prometheus ask, at the root of the server and without sign-in. */
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../../runtime/metrics.ts';
import type { HealthWatch } from './health.ts';

export interface ProbeNeeds {
  readonly health: HealthWatch;
  readonly metrics: Metrics;
  /** True from the first sign of a stop: no new work should be sent here. */
  readonly isStopping: () => boolean;
}

export function registerProbes(app: FastifyInstance, needs: ProbeNeeds): void {
  app.get('/livez', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    if (needs.isStopping()) return reply.code(503).header('retry-after', '5').send({ status: 'stopping' });
    const { status } = await needs.health.check();
    return reply.code(status === 'unhealthy' ? 503 : 200).send({ status });
  });
  app.get('/metrics', async (_request, reply) => {
    const text = await needs.metrics.registry.metrics();
    return reply.header('cache-control', 'no-store').type(needs.metrics.registry.contentType).send(text);
  });
}
