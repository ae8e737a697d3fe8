/** The system's state over REST. */
import { systemRoutes } from '@imageflow/contract';
import type { Clock } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import { register } from '../../doors/rest.ts';
import { version } from '../../runtime/version.ts';
import type { Health, HealthWatch } from './health.ts';

export interface SystemRouteNeeds {
  readonly health: HealthWatch;
  readonly clock: Clock;
  readonly timezone: string;
}

export function registerSystemRoutes(app: FastifyInstance, { health, clock, timezone }: SystemRouteNeeds): void {
  const startedAt = clock.now();
  register(app, systemRoutes.getHealth, async () => {
    const now = clock.now();
    const state = await health.check();
    const about = { version, time: new Date(now).toISOString(), uptime_seconds: Math.round((now - startedAt) / 1000), timezone };
    const status = state.status === 'unhealthy' ? 503 : 200;
    return { status, headers: { 'cache-control': 'no-store' }, body: { status: state.status, ...about, dependencies: toWire(state) } };
  });
}

function toWire(health: Health) {
  return health.dependencies.map(({ name, kind, status, isRequired, latencyMs }) => ({
    name,
    kind,
    status,
    required: isRequired,
    latency_ms: latencyMs,
  }));
}
