/**
 * /ws/system-status: first a snapshot, then what changes – instances of services at every health check and change of
 * state, the health of the parts when it changes. `sequence` counts the messages of a connection from 1.
 */
import type { ServicePool } from '@imageflow/adapters/rpc';
import type { Clock } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import { type LiveSocket, registerSocket } from '../../doors/socket.ts';
import { toWireInstance, toWireService } from '../pool/services.view.ts';
import type { Health, HealthWatch } from './health.ts';

export interface SystemStatusNeeds {
  readonly pool: Pick<ServicePool, 'snapshot' | 'subscribe'>;
  readonly health: HealthWatch;
  readonly clock: Clock;
}

const healthIntervalMs = 5_000;

export function registerSystemStatus(app: FastifyInstance, needs: SystemStatusNeeds): void {
  const { pool, health, clock } = needs;
  registerSocket(app, '/ws/system-status', 'services:read', async (socket) => {
    let sequence = 0;
    const send = (type: string, facts: object) => {
      sequence += 1;
      return socket.send(JSON.stringify({ type, sequence, timestamp: new Date(clock.now()).toISOString(), ...facts }));
    };
    const state = await health.check();
    // From here on nothing waits: no change can fall between the snapshot and the subscription.
    send('snapshot', { health: toWireHealth(state), services: pool.snapshot().services.map(toWireService) });
    const stopPool = pool.subscribe(({ kind, instance }) => send(kind, { instance: toWireInstance(instance) }));
    const stopHealth = watchHealth(needs, state, socket, (next) => send('health_changed', { health: toWireHealth(next) }));
    const stop = () => {
      stopPool();
      stopHealth();
    };
    if (socket.closed.aborted) stop();
    else socket.closed.addEventListener('abort', stop, { once: true });
  });
}

function watchHealth({ health, clock }: SystemStatusNeeds, first: Health, socket: LiveSocket, tell: (next: Health) => void): () => void {
  let last = JSON.stringify(statesOf(first));
  let cancel = () => {};
  const look = async (): Promise<void> => {
    const next = await health.check();
    if (socket.closed.aborted) return;
    const states = JSON.stringify(statesOf(next));
    if (states !== last) tell(next);
    last = states;
    cancel = clock.after(healthIntervalMs, () => void look());
  };
  cancel = clock.after(healthIntervalMs, () => void look());
  return () => cancel();
}

function statesOf({ status, dependencies }: Health) {
  return [status, ...dependencies.map((dependency) => [dependency.name, dependency.status])];
}

function toWireHealth({ status, dependencies }: Health) {
  return { status, dependencies: dependencies.map(({ name, kind, status: state }) => ({ name, kind, status: state })) };
}
