/** Streams in the database. */
import type { Tables } from '@imageflow/adapters/database';
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from 'kysely';

type Db = Kysely<Tables>;

export type StreamRow = Selectable<Tables['streams']>;

const nobody = { runner_id: null, runner_address: null, lease_until: null };

/** How long a backend may run a stream without saying that it is alive. */
export const leaseSeconds = 15;

export async function insertStream(db: Db, row: Insertable<Tables['streams']>): Promise<StreamRow> {
  return db.insertInto('streams').values(row).returningAll().executeTakeFirstOrThrow();
}

export function selectStream(db: Db, id: string): Promise<StreamRow | undefined> {
  return db.selectFrom('streams').selectAll().where('id', '=', id).executeTakeFirst();
}

/** One more than `limit`, newest first. */
export function selectStreams(db: Db, limit: number, beforeId: string | undefined): Promise<StreamRow[]> {
  let query = db
    .selectFrom('streams')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (beforeId !== undefined) query = query.where('id', '<', beforeId);
  return query.execute();
}

/** Undefined when there is no such stream. */
export function changeStream(
  db: Db,
  id: string,
  change: Updateable<Tables['streams']>,
  opensAnew: boolean,
): Promise<StreamRow | undefined> {
  return db
    .updateTable('streams')
    .set({
      ...change,
      revision: sql<number>`revision + 1`,
      ...(opensAnew && { opening: sql<number>`opening + 1` }),
      updated_at: sql<Date>`clock_timestamp()`,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

export async function deleteStream(db: Db, id: string): Promise<boolean> {
  return (await db.deleteFrom('streams').where('id', '=', id).executeTakeFirst()).numDeletedRows === 1n;
}

/** Keeps what this backend runs, and answers it. `address`: where other backends reach it. */
export function renewLeases(db: Db, runnerId: string, address: string | null): Promise<StreamRow[]> {
  return db
    .updateTable('streams')
    .set({ lease_until: leaseEnd(), runner_address: address })
    .where('runner_id', '=', runnerId)
    .where('enabled', '=', true)
    .returningAll()
    .execute();
}

/** Takes up to `count` streams that shall run and that nobody runs. */
export function claimStreams(db: Db, runnerId: string, address: string | null, count: number): Promise<StreamRow[]> {
  return db
    .updateTable('streams')
    .set({ runner_id: runnerId, runner_address: address, lease_until: leaseEnd() })
    .where('id', 'in', (free) =>
      free
        .selectFrom('streams')
        .select('id')
        .where('enabled', '=', true)
        .where((or) => or.or([or('runner_id', 'is', null), or('lease_until', '<', sql<Date>`clock_timestamp()`)]))
        .orderBy('id')
        .limit(count)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .execute();
}

/** Without ids: all that it runs. */
export async function releaseStreams(db: Db, runnerId: string, ids?: readonly string[]): Promise<void> {
  let query = db.updateTable('streams').set(nobody).where('runner_id', '=', runnerId);
  if (ids !== undefined) query = query.where('id', 'in', [...ids]);
  await query.execute();
}

/** For a database that belongs to one process: whoever ran them before is dead. */
export async function releaseAll(db: Db): Promise<void> {
  await db.updateTable('streams').set(nobody).where('runner_id', 'is not', null).execute();
}

export async function writeStatus(db: Db, id: string, runnerId: string, status: object): Promise<void> {
  await db
    .updateTable('streams')
    .set({ status: JSON.stringify(status) })
    .where('id', '=', id)
    .where('runner_id', '=', runnerId)
    .execute();
}

function leaseEnd() {
  return sql<Date>`clock_timestamp() + make_interval(secs => ${leaseSeconds})`;
}
