/**
 * The pool's instances, and the choice among them. Holds the state; every rule is a function of instance.ts, breaker.ts or balance.ts.
 */

import { AppError } from '../errors.ts';
import type { Catalogue, Component } from '../pipeline/component.ts';
import type { Clock, Random } from '../ports.ts';
import { type Balancing, chooseInstance } from './balance.ts';
import { breakerState, letsThrough, openMs } from './breaker.ts';
import { afterCallEnd, afterCallStart, type CallOutcome, type Instance, type InstanceAddress, newInstance, statusOf } from './instance.ts';

export interface Lease {
  readonly instance: Instance;
  /** Must be called once, however the call ends. */
  end(outcome: CallOutcome): void;
}

export type Availability = 'available' | 'busy' | 'unavailable';

export type PoolChange =
  | { readonly kind: 'added'; readonly instance: Instance }
  | { readonly kind: 'changed'; readonly instance: Instance; readonly before: Instance }
  | { readonly kind: 'removed'; readonly instance: Instance }
  | { readonly kind: 'catalogue' };

export interface Registry {
  /** Adds an instance, or answers the one of this id; one that moved to another address is a new one. */
  add(spec: InstanceAddress): Instance;
  remove(id: string): boolean;
  get(id: string): Instance | undefined;
  list(): readonly Instance[];
  /** Applies a transition of instance.ts. Does nothing when the instance is gone by now. */
  change(id: string, transition: (instance: Instance, now: number) => Instance): void;
  /**
   * Picks an instance for one call of a component and counts the call on it.
   * @throws AppError SERVICE_UNAVAILABLE or AI_SERVICE_UNAVAILABLE with retryAfterSeconds when none can take it.
   */
  acquire(componentId: string, except: ReadonlySet<string>): Lease;
  availability(service: string): Availability;
  /** The same object until it changes. Components of services named in the settings stay while these are down. */
  catalogue(): Catalogue;
  subscribe(listener: (change: PoolChange) => void): () => void;
}

export interface RegistryNeeds {
  readonly clock: Clock;
  readonly random: Random;
  readonly balancing: Balancing;
  /** Components described before a restart: they hold until their services answer again. */
  readonly remembered: readonly Component[];
}

export function createRegistry(needs: RegistryNeeds): Registry {
  const { clock, random, balancing, remembered } = needs;
  const instances = new Map<string, Instance>();
  const listeners = new Set<(change: PoolChange) => void>();
  let catalogue = joinComponents([], remembered);
  let picks = 0;

  const tell = (change: PoolChange) => {
    for (const listener of [...listeners]) listener(change);
  };

  function put(before: Instance, after: Instance): void {
    instances.set(after.id, after);
    if (after.description !== before.description) refreshCatalogue();
    if (isVisible(before, after, clock.now())) tell({ kind: 'changed', instance: after, before });
  }

  function refreshCatalogue(): void {
    const next = joinComponents([...instances.values()], remembered);
    if (sameComponents(catalogue, next)) return;
    catalogue = next;
    tell({ kind: 'catalogue' });
  }

  function remove(id: string): boolean {
    const instance = instances.get(id);
    if (instance === undefined) return false;
    instances.delete(id);
    tell({ kind: 'removed', instance });
    refreshCatalogue();
    return true;
  }

  function change(id: string, transition: (instance: Instance, now: number) => Instance): void {
    const instance = instances.get(id);
    if (instance !== undefined) put(instance, transition(instance, clock.now()));
  }

  function lease(chosen: Instance): Lease {
    const isTrial = breakerState(chosen.breaker, clock.now()) === 'half_open';
    picks += 1;
    const started = afterCallStart(chosen, isTrial, picks);
    put(chosen, started);
    return {
      instance: started,
      end(outcome) {
        // An instance that was added anew in the meantime does not answer for its predecessor's calls.
        if (instances.get(chosen.id)?.addedAt !== chosen.addedAt) return;
        change(chosen.id, (instance, now) => afterCallEnd(instance, outcome, isTrial, now));
      },
    };
  }

  const ofService = (service: string) => [...instances.values()].filter((instance) => instance.service === service);

  return {
    add(spec) {
      const known = instances.get(spec.id);
      if (known?.address === spec.address) return known;
      remove(spec.id);
      const instance = newInstance(spec, clock.now());
      instances.set(spec.id, instance);
      tell({ kind: 'added', instance });
      return instance;
    },
    remove,
    change,
    get: (id) => instances.get(id),
    list: () => [...instances.values()],
    acquire(componentId, except) {
      const service = serviceOf(componentId);
      const now = clock.now();
      const able = ofService(service).filter((instance) => !except.has(instance.id) && offers(instance, componentId));
      const active = able.filter((instance) => statusOf(instance, now) === 'active');
      const chosen = chooseInstance(active, balancing, { now, random });
      if (chosen === undefined) throw noInstance(service, able, now);
      return lease(chosen);
    },
    availability(service) {
      const states = ofService(service).map((instance) => statusOf(instance, clock.now()));
      if (states.includes('active')) return 'available';
      return states.includes('busy') ? 'busy' : 'unavailable';
    },
    catalogue: () => catalogue,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** "ResizeService.Resize" → "ResizeService". */
export function serviceOf(componentId: string): string {
  return componentId.split('.', 1)[0] ?? '';
}

function offers(instance: Instance, componentId: string): boolean {
  return instance.description?.components.some((component) => component.component_id === componentId) ?? false;
}

/** Running calls change all the time; they are worth telling only when they change what the instance can do. */
function isVisible(before: Instance, after: Instance, now: number): boolean {
  return (
    statusOf(before, now) !== statusOf(after, now) ||
    before.reachability !== after.reachability ||
    before.breaker.openedAt !== after.breaker.openedAt ||
    before.isInMaintenance !== after.isInMaintenance ||
    before.report !== after.report ||
    before.description !== after.description ||
    before.trouble !== after.trouble
  );
}

/** When versions differ, the instance added last speaks for the service. */
function joinComponents(instances: readonly Instance[], remembered: readonly Component[]): Catalogue {
  const described = instances.flatMap((instance) => instance.description?.components ?? []);
  const answering = new Set(described.map((component) => component.service));
  const held = remembered.filter((component) => !answering.has(component.service));
  return new Map([...held, ...described].map((component) => [component.component_id, component]));
}

function sameComponents(one: Catalogue, other: Catalogue): boolean {
  return one.size === other.size && [...one].every(([id, component]) => isSame(component, other.get(id)));
}

function isSame(one: Component, other: Component | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** When the next health check may bring news. */
const nextCheckSeconds = 10;

function noInstance(service: string, able: readonly Instance[], now: number): AppError {
  const isBusy = able.some((instance) => statusOf(instance, now) === 'busy');
  return new AppError(service === 'AIDetectionService' ? 'AI_SERVICE_UNAVAILABLE' : 'SERVICE_UNAVAILABLE', {
    detail: isBusy
      ? { ja: `${service} は混雑しています`, en: `${service} is busy: all its instances are at their limit` }
      : { ja: `${service} は一時的に利用できません`, en: `${service} is temporarily unavailable: none of its instances can take a call` },
    retryAfterSeconds: isBusy ? 1 : secondsToNews(able, now),
    extensions: { service },
  });
}

function secondsToNews(instances: readonly Instance[], now: number): number {
  return instances.length === 0 ? nextCheckSeconds : Math.min(...instances.map((instance) => secondsToTrial(instance, now)));
}

function secondsToTrial(instance: Instance, now: number): number {
  const { openedAt } = instance.breaker;
  if (openedAt === undefined || letsThrough(instance.breaker, now)) return nextCheckSeconds;
  return Math.max(1, Math.ceil((openedAt + openMs - now) / 1000));
}
