/**
 * Which instances a person has taken out: kept, so that a restart of the server does not put them back to work, and read again and again, so
 * that other backends and workers on the database follow. With the embedded database there are no others.
 */
import type { Database, Tables } from '@imageflow/adapters/database';
import type { ServicePool } from '@imageflow/adapters/rpc';
import { AppError, type Clock, type InstanceView } from '@imageflow/core';
import { type Kysely, sql } from 'kysely';
import type { Logger } from 'pino';

export interface Maintenance {
  /** @throws AppError NOT_FOUND */
  set(instanceId: string, isOn: boolean): Promise<InstanceView>;
  close(): Promise<void>;
}

export interface MaintenanceNeeds {
  readonly database: Pick<Database, 'kind' | 'db'>;
  readonly pool: Pick<ServicePool, 'snapshot' | 'subscribe' | 'setMaintenance'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'debug'>;
}

const settingKey = 'maintenance';
/** How long the others take to hear of it. */
const lookMs = 2_000;

/** Applies what is stored, also to instances that register later. */
export async function openMaintenance({ database, pool, clock, logger }: MaintenanceNeeds): Promise<Maintenance> {
  const { db } = database;
  let stored: ReadonlySet<string> = new Set();
  const apply = (next: readonly string[]): void => {
    const before = stored;
    stored = new Set(next);
    for (const { id } of listInstances(pool)) if (before.has(id) !== stored.has(id)) pool.setMaintenance(id, stored.has(id));
  };
  apply(await load(db));
  const stop = pool.subscribe(({ kind, instance }) => {
    if (kind === 'instance_changed' && stored.has(instance.id) && instance.status !== 'maintenance') pool.setMaintenance(instance.id, true);
  });
  let working: Promise<unknown> = Promise.resolve();
  /** One after another: what was read before a change must not be applied after it. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = working.catch(() => undefined).then(work);
    working = result;
    return result;
  };
  const follower = database.kind === 'pglite' ? undefined : follow(() => inTurn(async () => apply(await load(db))), clock, logger);
  return {
    set: (instanceId, isOn) =>
      inTurn(async () => {
        if (!listInstances(pool).some(({ id }) => id === instanceId)) throw unknownInstance(instanceId);
        apply(await store(db, instanceId, isOn));
        return pool.setMaintenance(instanceId, isOn);
      }),
    async close() {
      stop();
      follower?.();
      await working.catch(() => undefined);
    },
  };
}

/** Answers how to end it. */
function follow(look: () => Promise<void>, clock: Clock, logger: MaintenanceNeeds['logger']): () => void {
  let isClosed = false;
  let cancel = (): void => undefined;
  const next = async (): Promise<void> => {
    await look().catch((error: unknown) => logger.debug({ err: error }, 'who is in maintenance cannot be read now'));
    if (!isClosed) cancel = clock.after(lookMs, () => void next());
  };
  cancel = clock.after(lookMs, () => void next());
  return () => {
    isClosed = true;
    cancel();
  };
}

function listInstances(pool: MaintenanceNeeds['pool']): readonly InstanceView[] {
  return pool.snapshot().services.flatMap((service) => service.instances);
}

async function load(db: Kysely<Tables>): Promise<readonly string[]> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', settingKey).executeTakeFirst();
  return row === undefined ? [] : instancesOf(row.value);
}

/** In one statement: two backends may change it at the same moment. Answers all that are in maintenance then. */
async function store(db: Kysely<Tables>, instanceId: string, isOn: boolean): Promise<readonly string[]> {
  const { rows } = await sql<{ value: unknown }>`
    insert into settings as stored (key, value)
    values (${settingKey}, jsonb_build_object('instances', ${JSON.stringify(isOn ? [instanceId] : [])}::jsonb))
    on conflict (key) do update set value = jsonb_build_object('instances',
      ((stored.value -> 'instances') - ${instanceId}::text) || (excluded.value -> 'instances'))
    returning value`.execute(db);
  return instancesOf(rows[0]?.value);
}

/** Written above, by this program. */
function instancesOf(value: unknown): readonly string[] {
  return (value as { readonly instances: readonly string[] }).instances;
}

function unknownInstance(id: string): AppError {
  return new AppError('NOT_FOUND', {
    detail: {
      ja: `インスタンス ${id} はありません。GET /grpc-services で確認してください`,
      en: `There is no instance ${id}. GET /grpc-services lists them`,
    },
  });
}
