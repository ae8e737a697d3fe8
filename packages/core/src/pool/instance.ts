/**
 * One instance of a service as the pool sees it: plain data, and what each happening makes of it.
 *
 * States, in order of strength:
 * – maintenance: taken out by a person; running calls finish;
 * – unavailable: not reached yet, dead, draining, of another service than expected, or its breaker is open;
 * – busy: takes no more calls at the moment;
 * – active.
 */
import type { Component } from '../pipeline/component.ts';
import {
  afterFailedCheck,
  afterFailure,
  afterHealthyCheck,
  afterNoVerdict,
  afterSuccess,
  afterTrialStart,
  type Breaker,
  breakerState,
  closedBreaker,
  type FailureCause,
  letsThrough,
} from './breaker.ts';
import { afterCall, type Figures, noFigures } from './figures.ts';

const defaultMaxConnections = 100;
/** Unanswered health checks in a row that make an instance unavailable. A refused connection needs no second one. */
const missedChecksLimit = 2;

export type InstanceStatus = 'active' | 'busy' | 'unavailable' | 'maintenance';

/** settings: named by the operator, stays when it is down. registered: announced itself, goes when its heartbeat stops. */
export type InstanceOrigin = 'settings' | 'registered';

/** starting: never reached; late: one check unanswered, still in use. */
export type Reachability = 'starting' | 'serving' | 'late' | 'lost' | 'draining' | 'refusing';

/** What an instance says of itself (`HealthCheck`). */
export interface HealthReport {
  readonly status: 'serving' | 'not_serving' | 'draining';
  readonly version: string;
  /** Share of one core, 0 to 100 × cores. */
  readonly cpuUsage: number;
  readonly memoryUsageMb: number;
  /** Calls it is answering, also those of others. */
  readonly connections: number;
  readonly responseTimeMs: number;
  /** 0 = it does not say. */
  readonly uptimeSeconds: number;
}

/** What it offers (`Describe`). */
export interface ServiceDescription {
  readonly service: string;
  readonly version: string;
  readonly components: readonly Component[];
  /** Ids of the components that get and give their images inside the messages: their service does not reach the object store. */
  readonly inline: ReadonlySet<string>;
}

export interface Instance {
  readonly id: string;
  /** Expected (settings) or described (registered); undefined until then. */
  readonly service: string | undefined;
  /** host:port */
  readonly address: string;
  readonly origin: InstanceOrigin;
  readonly maxConnections: number;
  readonly isInMaintenance: boolean;
  readonly reachability: Reachability;
  readonly missedChecks: number;
  readonly breaker: Breaker;
  /** Calls of this pool running on it. */
  readonly calls: number;
  /** Order of the last pick: equals are used in turn. */
  readonly lastPick: number;
  readonly report: HealthReport | undefined;
  /** Epoch ms, by its own uptime; undefined when it does not say. */
  readonly startedAt: number | undefined;
  /** Of its process, as far as its uptime tells. */
  readonly restarts: number;
  readonly description: ServiceDescription | undefined;
  readonly figures: Figures;
  /** Epoch ms. */
  readonly addedAt: number;
  readonly lastCheckAt: number | undefined;
  readonly heartbeatAt: number | undefined;
  /** Why it cannot be used, for the operator; undefined = nothing known against it. */
  readonly trouble: string | undefined;
}

export interface InstanceAddress {
  readonly id: string;
  readonly service: string | undefined;
  readonly address: string;
  readonly origin: InstanceOrigin;
  /** 0 = default. */
  readonly maxConnections: number;
}

export function newInstance(spec: InstanceAddress, now: number): Instance {
  return {
    ...spec,
    maxConnections: spec.maxConnections > 0 ? spec.maxConnections : defaultMaxConnections,
    isInMaintenance: false,
    reachability: 'starting',
    missedChecks: 0,
    breaker: closedBreaker,
    calls: 0,
    lastPick: 0,
    report: undefined,
    startedAt: undefined,
    restarts: 0,
    description: undefined,
    figures: noFigures,
    addedAt: now,
    lastCheckAt: undefined,
    heartbeatAt: spec.origin === 'registered' ? now : undefined,
    trouble: undefined,
  };
}

export function statusOf(instance: Instance, now: number): InstanceStatus {
  if (instance.isInMaintenance) return 'maintenance';
  const isReached = instance.reachability === 'serving' || instance.reachability === 'late';
  if (!isReached || instance.description === undefined) return 'unavailable';
  if (breakerState(instance.breaker, now) === 'open') return 'unavailable';
  return instance.calls >= instance.maxConnections || !letsThrough(instance.breaker, now) ? 'busy' : 'active';
}

export function afterReport(instance: Instance, report: HealthReport, now: number): Instance {
  const isNewProcess = hasRestarted(instance, report, now);
  const breaker = isNewProcess ? closedBreaker : afterHealthyCheck(instance.breaker, now);
  const restarts = instance.restarts + (isNewProcess ? 1 : 0);
  const reachability = ({ serving: 'serving', draining: 'draining', not_serving: 'refusing' } as const)[report.status];
  const trouble = { serving: undefined, draining: 'it is draining', not_serving: 'it answers NOT_SERVING' }[report.status];
  const startedAt = startOf(report, now);
  return { ...instance, breaker, reachability, trouble, missedChecks: 0, report, startedAt, restarts, lastCheckAt: now };
}

/** Uptimes come in whole seconds, and an answer takes its time. */
const startToleranceMs = 2_500;

/** A new process has nothing to do with the failures of the one before it. */
export function hasRestarted(instance: Instance, report: HealthReport, now: number): boolean {
  if (instance.report === undefined) return false;
  if (report.uptimeSeconds < instance.report.uptimeSeconds) return true;
  const [before, after] = [instance.startedAt, startOf(report, now)];
  return before !== undefined && after !== undefined && after > before + startToleranceMs;
}

function startOf(report: HealthReport, now: number): number | undefined {
  return report.uptimeSeconds > 0 ? now - report.uptimeSeconds * 1000 : undefined;
}

export type MissedCheck = { readonly kind: 'refused' | 'unanswered'; readonly reason: string };

/** A start that takes long is not held against an instance: its breaker counts from the first contact on. */
export function afterMissedCheck(instance: Instance, missed: MissedCheck, now: number): Instance {
  const common = { ...instance, missedChecks: instance.missedChecks + 1, lastCheckAt: now, trouble: missed.reason };
  if (instance.reachability === 'starting') return common;
  const isLost = missed.kind === 'refused' || common.missedChecks >= missedChecksLimit || instance.reachability !== 'serving';
  return { ...common, breaker: afterFailedCheck(instance.breaker, now), reachability: isLost ? 'lost' : 'late' };
}

/** An instance that turns out to be of another service than the settings say is not used. */
export function afterDescription(instance: Instance, description: ServiceDescription): Instance {
  if (instance.origin === 'settings' && instance.service !== description.service) {
    const trouble = `${instance.address} is a ${description.service}, not a ${instance.service}`;
    return { ...instance, description: undefined, trouble };
  }
  return { ...instance, service: description.service, description, trouble: undefined };
}

export function afterCallStart(instance: Instance, isTrial: boolean, pick: number): Instance {
  const breaker = isTrial ? afterTrialStart(instance.breaker) : instance.breaker;
  return { ...instance, breaker, calls: instance.calls + 1, lastPick: pick };
}

export type CallOutcome =
  | { readonly kind: 'completed'; readonly durationMs: number }
  | { readonly kind: 'failed'; readonly cause: FailureCause }
  /** Says nothing of the instance: cancelled, bad input, a store that is down. */
  | { readonly kind: 'no_verdict' };

export function afterCallEnd(instance: Instance, outcome: CallOutcome, isTrial: boolean, now: number): Instance {
  const common = { ...instance, calls: Math.max(0, instance.calls - 1) };
  switch (outcome.kind) {
    case 'completed':
      return {
        ...common,
        breaker: afterSuccess(instance.breaker, isTrial),
        figures: afterCall(instance.figures, outcome.durationMs, false, now),
      };
    case 'failed':
      return {
        ...common,
        breaker: afterFailure(instance.breaker, outcome.cause, isTrial, now),
        figures: afterCall(instance.figures, 0, true, now),
      };
    case 'no_verdict':
      return { ...common, breaker: afterNoVerdict(instance.breaker, isTrial) };
  }
}
