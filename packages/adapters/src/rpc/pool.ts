/** The pool of service instances: registry and watch of the core, gRPC for the calls. */
import {
  AppError,
  type Availability,
  type Balancing,
  type Catalogue,
  type Clock,
  type Component,
  createRegistry,
  type FrameInvoker,
  heartbeatSeconds,
  type Instance,
  type InstanceView,
  type PoolChange,
  type PoolSnapshot,
  type Random,
  type StepInvoker,
  viewInstance,
  viewPool,
  watchInstances,
} from '@imageflow/core';
import { noTracing, type Tracing } from '../tracing/index.ts';
import { type InstanceChannel, openChannel } from './channel.ts';
import { createFrameInvoker } from './frames.ts';
import { type Resolve, resolveHost, watchHosts } from './hosts.ts';
import type { InlineStore } from './inline.ts';
import { createInvoker } from './invoker.ts';
import { logChange, type PoolLogger } from './log.ts';
import { nameInstances, type ServiceAddress } from './names.ts';
import { createProbe } from './probe.ts';

export interface Registration {
  readonly instanceId: string;
  /** host:port */
  readonly address: string;
  /** 0 = default. */
  readonly maxConnections: number;
}

export type PoolEvent =
  | { readonly kind: 'instance_changed'; readonly instance: InstanceView }
  | { readonly kind: 'instance_removed'; readonly instance: InstanceView };

export interface ServicePool {
  readonly invoker: StepInvoker;
  /** For live video: images inside the messages. */
  readonly frames: FrameInvoker;
  /** The same object until it changes. */
  catalogue(): Catalogue;
  onCatalogueChange(listener: (catalogue: Catalogue) => void): () => void;
  snapshot(): PoolSnapshot;
  /** Tells changes of states, and the figures of each health check; answers the end of it. */
  subscribe(listener: (event: PoolEvent) => void): () => void;
  /** Adds an instance that announces itself, or renews it. */
  register(registration: Registration): { readonly heartbeatSeconds: number };
  /** Whether there was such an instance. One of the settings stays. */
  deregister(instanceId: string): boolean;
  /** @throws AppError NOT_FOUND */
  setMaintenance(instanceId: string, isOn: boolean): InstanceView;
  availability(service: string): Availability;
  /** The instances of a service that answer now, with their channels: for calls besides `Process`. */
  channels(service: string): readonly { readonly instanceId: string; readonly channel: InstanceChannel }[];
  /** Resolves when every instance of the settings has answered and described itself once; false when that takes longer. */
  settled(limitMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface ServicePoolOptions {
  readonly addresses: readonly ServiceAddress[];
  readonly clock: Clock;
  readonly random: Random;
  /** For services that do not reach it themselves. */
  readonly objects: InlineStore;
  readonly logger: PoolLogger;
  readonly balancing?: Balancing;
  readonly tracing?: Tracing;
  /** Components known from an earlier run. */
  readonly remembered?: readonly Component[];
  readonly resolve?: Resolve;
}

/** Starts watching; instances become usable as they answer. */
export async function openServicePool(options: ServicePoolOptions): Promise<ServicePool> {
  const {
    addresses,
    clock,
    random,
    objects,
    logger,
    balancing = 'least_connections',
    tracing = noTracing,
    remembered = [],
    resolve = resolveHost,
  } = options;
  const named = new Set(addresses.map((entry) => entry.service));
  const registry = createRegistry({ clock, random, balancing, remembered: remembered.filter(({ service }) => named.has(service)) });
  const channels = new Map<string, InstanceChannel>();
  registry.subscribe((change) => {
    keepChannels(channels, change, (id) => watch.suspect(id));
    logChange(logger, change, clock.now());
  });
  const specs = nameInstances(addresses).map((spec) => ({ ...spec, origin: 'settings' as const, maxConnections: 0 }));
  const channelOf = (id: string) => channels.get(id);
  const watch = watchInstances({
    registry,
    probe: createProbe(channelOf, clock),
    clock,
    onSilent: (instance) => channelOf(instance.id)?.reset(),
  });
  const stopHosts = watchHosts(specs, { registry, clock, resolve });
  return {
    invoker: createInvoker({ registry, clock, objects, tracing, channelOf, suspect: watch.suspect }),
    frames: createFrameInvoker({ registry, clock, channelOf, suspect: watch.suspect }),
    catalogue: registry.catalogue,
    onCatalogueChange: (listener) =>
      registry.subscribe((change) => {
        if (change.kind === 'catalogue') listener(registry.catalogue());
      }),
    snapshot: () => viewPool(registry, clock.now()),
    subscribe: (listener) =>
      registry.subscribe((change) => {
        if (change.kind === 'catalogue') return;
        const instance = viewInstance(change.instance, clock.now());
        listener({ kind: change.kind === 'removed' ? 'instance_removed' : 'instance_changed', instance });
      }),
    register({ instanceId, address, maxConnections }) {
      refuseTakenName(registry.get(instanceId));
      registry.add({ id: instanceId, service: undefined, address, origin: 'registered', maxConnections });
      registry.change(instanceId, (instance, now) => ({ ...instance, heartbeatAt: now }));
      if (registry.get(instanceId)?.reachability === 'lost') watch.suspect(instanceId);
      return { heartbeatSeconds };
    },
    deregister: (id) => registry.get(id)?.origin === 'registered' && registry.remove(id),
    setMaintenance(id, isOn) {
      registry.change(id, (instance) => ({ ...instance, isInMaintenance: isOn }));
      return viewInstance(registry.get(id) ?? unknownInstance(id), clock.now());
    },
    availability: registry.availability,
    channels: (service) =>
      registry.list().flatMap((instance) => {
        const channel = channels.get(instance.id);
        const isAnswering = instance.reachability === 'serving' && instance.description?.service === service;
        return channel !== undefined && isAnswering ? [{ instanceId: instance.id, channel }] : [];
      }),
    settled: (limitMs) => {
      const isDone = () => registry.list().every((instance) => instance.origin !== 'settings' || instance.description !== undefined);
      return waitUntil(isDone, registry.subscribe, clock, limitMs);
    },
    async close() {
      stopHosts();
      watch.close();
      for (const channel of channels.values()) channel.close();
      channels.clear();
    },
  };
}

function keepChannels(channels: Map<string, InstanceChannel>, change: PoolChange, suspect: (id: string) => void): void {
  if (change.kind === 'added') {
    const { id, address } = change.instance;
    channels.set(
      id,
      openChannel(address, () => suspect(id)),
    );
  }
  if (change.kind !== 'removed') return;
  const { id, origin } = change.instance;
  // An instance whose DNS name no longer lists it may finish its calls; a registered one whose heartbeat stopped is gone.
  if (origin === 'settings') channels.get(id)?.retire();
  else channels.get(id)?.close();
  channels.delete(id);
}

function waitUntil(
  isDone: () => boolean,
  subscribe: (listener: () => void) => () => void,
  clock: Clock,
  limitMs: number,
): Promise<boolean> {
  if (isDone()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const end = (outcome: boolean) => {
      unsubscribe();
      cancelTimer();
      resolve(outcome);
    };
    const unsubscribe = subscribe(() => {
      if (isDone()) end(true);
    });
    const cancelTimer = clock.after(limitMs, () => end(false));
  });
}

/** Otherwise an announcement could take over the name of an instance that the operator configured. */
function refuseTakenName(known: Instance | undefined): void {
  if (known === undefined || known.origin === 'registered') return;
  throw new AppError('CONFLICT', {
    detail: {
      ja: `インスタンス名「${known.id}」は設定で使われています。別の instance_id にしてください`,
      en: `The instance "${known.id}" is named in the settings. Choose another instance_id`,
    },
  });
}

function unknownInstance(id: string): never {
  throw new AppError('NOT_FOUND', { detail: { ja: `インスタンス ${id} はありません`, en: `There is no instance ${id}` } });
}
