/** The pool as operators see it. */
import { type BreakerState, breakerState } from './breaker.ts';
import { percentileMs } from './figures.ts';
import { type Instance, type InstanceOrigin, type InstanceStatus, statusOf } from './instance.ts';
import type { Availability, Registry } from './registry.ts';

export interface InstanceView {
  readonly id: string;
  readonly service: string | undefined;
  readonly address: string;
  readonly origin: InstanceOrigin;
  readonly status: InstanceStatus;
  /** Why it cannot be used; undefined = nothing known against it. */
  readonly trouble: string | undefined;
  readonly version: string | undefined;
  readonly breaker: { readonly state: BreakerState; readonly failures: number; readonly openedAt: number | undefined };
  /** Calls running: those of this pool, or of all callers at the last check when these are more. */
  readonly connections: number;
  readonly maxConnections: number;
  readonly cpuUsage: number | undefined;
  readonly memoryUsageMb: number | undefined;
  readonly uptimeSeconds: number | undefined;
  /** Of its process, as far as its uptime tells. */
  readonly restarts: number;
  /** Of the calls through this pool; 0 = none yet. */
  readonly responseTimeMs: { readonly mean: number; readonly p50: number; readonly p95: number };
  readonly calls: { readonly completed: number; readonly failed: number };
  readonly lastCheckAt: number | undefined;
  readonly heartbeatAt: number | undefined;
}

export interface ServiceView {
  readonly service: string;
  readonly status: InstanceStatus;
  readonly availability: Availability;
  readonly components: readonly string[];
  readonly instances: readonly InstanceView[];
}

export interface PoolSnapshot {
  /** Epoch ms. */
  readonly at: number;
  readonly services: readonly ServiceView[];
}

/** Services by name. Instances that have not said yet of which service they are are listed under "". */
export function viewPool(registry: Registry, now: number): PoolSnapshot {
  const instances = registry.list();
  const names = [...new Set(instances.map((instance) => instance.service ?? ''))].sort();
  const services = names.map((name) => {
    const own = instances.filter((instance) => (instance.service ?? '') === name);
    return viewService(name, own, registry, now);
  });
  return { at: now, services };
}

export function viewInstance(instance: Instance, now: number): InstanceView {
  const { report, figures, breaker } = instance;
  return {
    id: instance.id,
    service: instance.service,
    address: instance.address,
    origin: instance.origin,
    status: statusOf(instance, now),
    trouble: instance.trouble,
    version: report?.version,
    breaker: { state: breakerState(breaker, now), failures: breaker.failures, openedAt: breaker.openedAt },
    connections: Math.max(instance.calls, report?.connections ?? 0),
    maxConnections: instance.maxConnections,
    cpuUsage: report?.cpuUsage,
    memoryUsageMb: report?.memoryUsageMb,
    uptimeSeconds: report?.uptimeSeconds,
    restarts: instance.restarts,
    responseTimeMs: { mean: figures.meanMs, p50: percentileMs(figures, 0.5), p95: percentileMs(figures, 0.95) },
    calls: { completed: figures.completed, failed: figures.failed },
    lastCheckAt: instance.lastCheckAt,
    heartbeatAt: instance.heartbeatAt,
  };
}

function viewService(service: string, instances: readonly Instance[], registry: Registry, now: number): ServiceView {
  const components = [...registry.catalogue().values()].filter((component) => component.service === service);
  return {
    service,
    status: serviceStatus(instances.map((instance) => statusOf(instance, now))),
    availability: registry.availability(service),
    components: components.map((component) => component.component_id),
    instances: instances.map((instance) => viewInstance(instance, now)),
  };
}

/** The best any instance can do; maintenance only when all are in it. */
function serviceStatus(states: readonly InstanceStatus[]): InstanceStatus {
  for (const status of ['active', 'busy', 'unavailable'] as const) if (states.includes(status)) return status;
  return 'maintenance';
}
