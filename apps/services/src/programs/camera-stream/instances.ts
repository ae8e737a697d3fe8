/** Keeps this service's pool in line with the backend's: the same instances, also those that announce themselves there. */
import { openServicePool, type ServicePool } from '@imageflow/adapters/rpc';
import type { Catalogue, Clock } from '@imageflow/core';
import type { InstanceAddress__Output } from '@imageflow/grpc';
import type { Logger } from 'pino';
import type { BackendLink } from './backend.ts';
import { ownService } from './components.ts';

export interface Instances {
  readonly pool: ServicePool;
  /** Resolves when these services have described themselves; false when the backend has no instance of one, or it takes longer. */
  waitFor(services: readonly string[], limitMs: number): Promise<boolean>;
  close(): Promise<void>;
}

const pollMs = 5_000;
/** Until the backend has answered once. */
const firstPollMs = 500;

export async function openInstances(backend: BackendLink, clock: Clock, log: Logger): Promise<Instances> {
  const pool = await openServicePool({ addresses: [], clock, random: Math.random, logger: log, objects: nothingStored });
  let known: readonly InstanceAddress__Output[] = [];
  let hasAnswered = false;
  let isClosed = false;
  let cancelTimer = () => {};
  let running: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    try {
      const listed = (await backend.listInstances()).filter(({ service }) => service !== ownService);
      const names = new Set(listed.map((instance) => instance.instance_id));
      for (const { instance_id } of known) if (!names.has(instance_id)) pool.deregister(instance_id);
      known = listed;
      hasAnswered = true;
    } catch (error) {
      // Streams that run go on with what was known.
      if (hasAnswered) log.warn({ err: error }, 'the backend does not answer; its instances stay as they were');
    }
    // A closed pool must not start to watch anew.
    if (isClosed) return;
    for (const instance of known) register(pool, instance);
  }

  function poll(): Promise<void> {
    cancelTimer();
    running ??= refresh().finally(() => {
      running = undefined;
      if (!isClosed) cancelTimer = clock.after(hasAnswered ? pollMs : firstPollMs, () => void poll());
    });
    return running;
  }
  void poll();
  const stopReviving = reviveSilent(pool, (id) => {
    const instance = known.find(({ instance_id }) => instance_id === id);
    if (instance === undefined || isClosed) return;
    pool.deregister(id);
    register(pool, instance);
  });

  return {
    pool,
    async waitFor(services, limitMs) {
      const isComplete = (catalogue: Catalogue) => services.every((service) => hasService(catalogue, service));
      if (isComplete(pool.catalogue())) return true;
      await poll();
      if (!services.every((service) => known.some((instance) => instance.service === service))) return false;
      return isComplete(pool.catalogue()) || waitForCatalogue(pool, clock, isComplete, limitMs);
    },
    async close() {
      isClosed = true;
      cancelTimer();
      stopReviving();
      await running;
      await pool.close();
    },
  };
}

function register(pool: ServicePool, { instance_id: instanceId, address, max_connections: maxConnections }: InstanceAddress__Output): void {
  pool.register({ instanceId, address, maxConnections });
}

/**
 * An instance that stood still long enough to open its breaker would be left out for half a minute after it answers again. For executions
 * that is right; live video has to be live again at once, so such an instance is taken for a new one.
 */
function reviveSilent(pool: ServicePool, revive: (id: string) => void): () => void {
  const silent = new Set<string>();
  return pool.subscribe(({ kind, instance }) => {
    const { id, trouble, breaker } = instance;
    if (kind === 'instance_removed') silent.delete(id);
    else if (trouble !== undefined) silent.add(id);
    else if (silent.delete(id) && breaker.state === 'open') revive(id);
  });
}

function hasService(catalogue: Catalogue, service: string): boolean {
  return [...catalogue.values()].some((component) => component.service === service);
}

function waitForCatalogue(
  pool: ServicePool,
  clock: Clock,
  isComplete: (catalogue: Catalogue) => boolean,
  limitMs: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (outcome: boolean) => {
      unsubscribe();
      cancel();
      resolve(outcome);
    };
    const unsubscribe = pool.onCatalogueChange((catalogue) => {
      if (isComplete(catalogue)) end(true);
    });
    const cancel = clock.after(limitMs, () => end(false));
  });
}

/** Frames travel inside the messages; only executions would store. */
const nothingStored = {
  read: () => Promise.reject(new Error('live video stores nothing')),
  put: () => Promise.reject(new Error('live video stores nothing')),
};
