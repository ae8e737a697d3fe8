/** Which instances a person has taken out: kept, so that a restart of the server does not put them back to work. */
import type { Tables } from '@imageflow/adapters/database';
import type { ServicePool } from '@imageflow/adapters/rpc';
import { AppError, type InstanceView } from '@imageflow/core';
import type { Kysely } from 'kysely';

export interface Maintenance {
  /** @throws AppError NOT_FOUND */
  set(instanceId: string, isOn: boolean): Promise<InstanceView>;
  close(): void;
}

export interface MaintenanceNeeds {
  readonly db: Kysely<Tables>;
  readonly pool: ServicePool;
}

const settingKey = 'maintenance';

/** Applies what is stored, also to instances that register later. */
export async function openMaintenance({ db, pool }: MaintenanceNeeds): Promise<Maintenance> {
  const stored = new Set(await load(db));
  for (const { id } of listInstances(pool)) if (stored.has(id)) pool.setMaintenance(id, true);
  const stop = pool.subscribe(({ kind, instance }) => {
    if (kind === 'instance_changed' && stored.has(instance.id) && instance.status !== 'maintenance') pool.setMaintenance(instance.id, true);
  });
  let writing = Promise.resolve();
  return {
    async set(instanceId, isOn) {
      if (!listInstances(pool).some(({ id }) => id === instanceId)) throw unknownInstance(instanceId);
      if (isOn) stored.add(instanceId);
      else stored.delete(instanceId);
      const value = JSON.stringify({ instances: [...stored] });
      writing = writing.catch(() => undefined).then(() => store(db, value));
      await writing;
      return pool.setMaintenance(instanceId, isOn);
    },
    close: stop,
  };
}

function listInstances(pool: ServicePool): readonly InstanceView[] {
  return pool.snapshot().services.flatMap((service) => service.instances);
}

async function load(db: Kysely<Tables>): Promise<readonly string[]> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', settingKey).executeTakeFirst();
  // Written below, by this program.
  return row === undefined ? [] : (row.value as { readonly instances: readonly string[] }).instances;
}

async function store(db: Kysely<Tables>, value: string): Promise<void> {
  await db
    .insertInto('settings')
    .values({ key: settingKey, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
}

function unknownInstance(id: string): AppError {
  return new AppError('NOT_FOUND', {
    detail: {
      ja: `インスタンス ${id} はありません。GET /grpc-services で確認してください`,
      en: `There is no instance ${id}. GET /grpc-services lists them`,
    },
  });
}
