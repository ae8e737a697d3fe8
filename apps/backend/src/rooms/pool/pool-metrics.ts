/** The service pool's figures for Prometheus, read from the pool at each scrape. */
import type { ServicePool } from '@imageflow/adapters/rpc';
import type { InstanceView } from '@imageflow/core';
import { Gauge } from 'prom-client';
import type { Metrics } from '../../runtime/metrics.ts';

const states = ['active', 'busy', 'unavailable', 'maintenance'] as const;
/** Closed is 0: an alert can say "greater than". */
const breakerLevels = { closed: 0, half_open: 1, open: 2 } as const;

interface Figure {
  readonly name: string;
  readonly help: string;
  /** Undefined: not known now, and then not shown. */
  readonly read: (instance: InstanceView) => number | undefined;
}

const figures: readonly Figure[] = [
  { name: 'connections', help: 'Calls running on an instance', read: (instance) => instance.connections },
  { name: 'max_connections', help: 'Calls an instance takes at once', read: (instance) => instance.maxConnections },
  { name: 'cpu_usage_percent', help: 'CPU of an instance, as it says itself', read: (instance) => instance.cpuUsage },
  { name: 'memory_usage_megabytes', help: 'Memory of an instance, as it says itself', read: (instance) => instance.memoryUsageMb },
  {
    name: 'response_time_p95_seconds',
    help: '95th percentile of the latest calls of an instance',
    read: ({ calls, responseTimeMs }) => (calls.completed === 0 ? undefined : responseTimeMs.p95 / 1000),
  },
  { name: 'calls_completed', help: 'Calls an instance has completed since it is known', read: (instance) => instance.calls.completed },
  { name: 'calls_failed', help: 'Calls an instance has failed since it is known', read: (instance) => instance.calls.failed },
  {
    name: 'breaker_level',
    help: 'Circuit breaker of an instance: 0 closed, 1 half-open, 2 open',
    read: (instance) => breakerLevels[instance.breaker.state],
  },
];

export function measurePool({ registry }: Metrics, pool: Pick<ServicePool, 'snapshot'>): void {
  const instances = (): InstanceView[] => pool.snapshot().services.flatMap((service) => service.instances);
  for (const { name, help, read } of figures) {
    new Gauge({
      name: `imageflow_instance_${name}`,
      help,
      labelNames: ['service', 'instance'],
      registers: [registry],
      collect() {
        // Instances come and go.
        this.reset();
        for (const instance of instances()) {
          const value = read(instance);
          if (value !== undefined) this.set({ service: instance.service ?? '', instance: instance.id }, value);
        }
      },
    });
  }
  new Gauge({
    name: 'imageflow_instances',
    help: 'Instances by service and state',
    labelNames: ['service', 'status'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { service, instances: own } of pool.snapshot().services) {
        for (const status of states) this.set({ service, status }, own.filter((instance) => instance.status === status).length);
      }
    },
  });
}
