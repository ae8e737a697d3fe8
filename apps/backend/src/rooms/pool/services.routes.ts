/** The service pool over REST. */
import type { ServicePool } from '@imageflow/adapters/rpc';
import { serviceRoutes } from '@imageflow/contract';
import type { FastifyInstance } from 'fastify';
import { register } from '../../doors/rest.ts';
import type { Maintenance } from './maintenance.ts';
import { toWireInstance, toWireService } from './services.view.ts';

export interface ServiceRouteNeeds {
  readonly pool: Pick<ServicePool, 'snapshot'>;
  readonly maintenance: Maintenance;
}

export function registerServiceRoutes(app: FastifyInstance, { pool, maintenance }: ServiceRouteNeeds): void {
  register(app, serviceRoutes.listServices, async () => {
    const items = pool.snapshot().services.map(toWireService);
    return { status: 200, headers: { 'cache-control': 'no-store' }, body: { items, next_cursor: null } };
  });
  register(app, serviceRoutes.setMaintenance, async ({ params, body, note }) => {
    const instance = await maintenance.set(params.id, body.enabled);
    note(params.id, { maintenance: body.enabled });
    return { status: 200, body: toWireInstance(instance) };
  });
}
