/** The pool as documents: the same for REST and WebSocket. */
import type { InstanceView, ServiceView } from '@imageflow/core';

export function toWireService({ service, status, components, instances }: ServiceView) {
  return { service, status, components: [...components], instances: instances.map(toWireInstance) };
}

export function toWireInstance(instance: InstanceView) {
  const { breaker, responseTimeMs } = instance;
  return {
    instance_id: instance.id,
    service: instance.service ?? null,
    address: instance.address,
    origin: instance.origin,
    status: instance.status,
    trouble: instance.trouble ?? null,
    version: instance.version ?? null,
    circuit_breaker: { state: breaker.state, failures: breaker.failures, opened_at: toTime(breaker.openedAt) },
    current_connections: instance.connections,
    max_connections: instance.maxConnections,
    cpu_usage: rounded(instance.cpuUsage),
    memory_usage_mb: rounded(instance.memoryUsageMb),
    uptime_seconds: instance.uptimeSeconds ?? null,
    response_time_ms: { mean: tenths(responseTimeMs.mean), p50: tenths(responseTimeMs.p50), p95: tenths(responseTimeMs.p95) },
    calls_completed: instance.calls.completed,
    calls_failed: instance.calls.failed,
    last_health_check: toTime(instance.lastCheckAt),
    last_heartbeat: toTime(instance.heartbeatAt),
  };
}

function toTime(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : new Date(epochMs).toISOString();
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : tenths(value);
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
