/** Executions that wait and that no engine holds: whichever has room takes them, the most urgent first. */
import type { Tables } from '@imageflow/adapters/database';
import type { RunMode } from '@imageflow/core';
import { type Kysely, sql } from 'kysely';

type Db = Kysely<Tables>;

/** Takes up to `limit`, each for one engine only, and answers their ids. */
export async function takeWaiting(db: Db, runnerId: string, limit: number): Promise<readonly string[]> {
  const taken = await sql<{ id: string }>`
    update executions set runner_id = ${runnerId}::uuid
    where id in (
      select id from executions where status = 'pending' and runner_id is null order by priority, id limit ${limit} for update skip locked
    )
    returning id`.execute(db);
  return taken.rows.map((row) => row.id);
}

/** Takes this one, when nobody holds it. */
export async function takeOne(db: Db, id: string, runnerId: string): Promise<boolean> {
  const taken = await db
    .updateTable('executions')
    .set({ runner_id: runnerId })
    .where('id', '=', id)
    .where('runner_id', 'is', null)
    .where('status', '=', 'pending')
    .executeTakeFirst();
  return taken.numUpdatedRows === 1n;
}

/** False: it runs, has ended, or is in other hands by now. */
export async function leaveToAll(db: Db, id: string, heldBy: string, mode?: RunMode): Promise<boolean> {
  const left = await db
    .updateTable('executions')
    .set({ runner_id: null, ...(mode !== undefined && { execution_mode: mode }) })
    .where('id', '=', id)
    .where('runner_id', '=', heldBy)
    .where('status', '=', 'pending')
    .executeTakeFirst();
  return left.numUpdatedRows === 1n;
}

/** Those that wait, held or not; counts no further than `limit`. */
export async function countWaiting(db: Db, limit: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (select from executions where status = 'pending' limit ${limit}) waiting`.execute(db);
  return rows[0]?.count ?? 0;
}

/** How many are taken before it; undefined when it is held or has ended. */
export async function positionInCommon(db: Db, id: string): Promise<number | undefined> {
  const { rows } = await sql<{ before: number }>`
    select (
      select count(*)::int from executions other
      where other.status = 'pending' and other.runner_id is null and (other.priority, other.id) < (own.priority, own.id)
    ) as before
    from executions own where own.id = ${id}::uuid and own.status = 'pending' and own.runner_id is null`.execute(db);
  return rows[0]?.before;
}

export interface Held {
  readonly id: string;
  readonly status: string;
  readonly cancel_requested_by: string | null;
}

/** All that this engine holds, as the database knows it. */
export function selectHeld(db: Db, runnerId: string): Promise<readonly Held[]> {
  return db
    .selectFrom('executions')
    .select(['id', 'status', 'cancel_requested_by'])
    .where('runner_id', '=', runnerId)
    .where('status', 'in', ['pending', 'running'])
    .execute();
}
