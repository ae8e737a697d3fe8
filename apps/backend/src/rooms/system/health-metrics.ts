/** For alerts: what the backend depends on, the room on its disk, and work that waits for a person. */
import { statfs } from 'node:fs/promises';
import type { Tables } from '@imageflow/adapters/database';
import { type Kysely, sql } from 'kysely';
import { Gauge } from 'prom-client';
import type { Metrics } from '../../runtime/metrics.ts';
import type { HealthWatch } from './health.ts';

export interface HealthMetricsNeeds {
  readonly health: HealthWatch;
  readonly db: Kysely<Tables>;
  readonly dataDir: string;
}

export function measureHealth({ registry }: Metrics, { health, db, dataDir }: HealthMetricsNeeds): void {
  new Gauge({
    name: 'imageflow_dependency_up',
    help: 'Whether database, object store, bus and services can be used: 1 or 0',
    labelNames: ['dependency', 'kind'],
    registers: [registry],
    async collect() {
      const { dependencies } = await health.check();
      for (const { name, kind, status } of dependencies) this.set({ dependency: name, kind }, status === 'healthy' ? 1 : 0);
    },
  });
  gauge(registry, 'imageflow_data_free_bytes', 'Room on the disk of the data folder', async () => {
    const { bavail, bsize } = await statfs(dataDir);
    return bavail * bsize;
  });
  gauge(registry, 'imageflow_dead_letters', 'Dead letters that nobody has tried again', async () => {
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from dead_letters where redriven_at is null`.execute(db);
    return rows[0]?.count ?? 0;
  });
}

function gauge(registry: Metrics['registry'], name: string, help: string, read: () => Promise<number>): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      try {
        this.set(await read());
      } catch {
        // Not known now: no number is better than the last one.
        this.reset();
      }
    },
  });
}
