/**
 * Who runs what. Each engine has one row with a heartbeat; an execution names its runner. A runner whose heartbeat is old has died, and its
 * executions are taken over; times are the database's, so that clocks of machines need not agree.
 */
import type { Tables } from '@imageflow/adapters/database';
import { type Kysely, sql } from 'kysely';

type Db = Kysely<Tables>;

export const heartbeatMs = 5_000;
/** Three missed heartbeats and some room. */
const deadAfterSeconds = 20;
/** Executions taken over by one statement: bounded memory, however many a dead runner held. */
const takeoverLot = 200;

export async function registerRunner(db: Db, id: string, kind: string): Promise<void> {
  await db.insertInto('runners').values({ id, kind, heartbeat_at: sql<Date>`clock_timestamp()` }).execute();
}

/** Also brings back a row that others removed because this process was asleep for too long. */
export async function beat(db: Db, id: string, kind: string): Promise<void> {
  await db
    .insertInto('runners')
    .values({ id, kind, heartbeat_at: sql<Date>`clock_timestamp()` })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ heartbeat_at: sql<Date>`clock_timestamp()` }))
    .execute();
}

export async function removeRunner(db: Db, id: string): Promise<void> {
  await db.deleteFrom('runners').where('id', '=', id).execute();
}

/**
 * Gives this runner the next lot of unfinished executions whose runner is not alive, and answers their ids. `isAlone`: no other engine can
 * be alive, because the database belongs to this process.
 */
export async function takeOver(db: Db, runnerId: string, isAlone: boolean): Promise<readonly string[]> {
  const alive = isAlone
    ? sql`select ${runnerId}::uuid`
    : sql`select id from runners where heartbeat_at > clock_timestamp() - make_interval(secs => ${deadAfterSeconds}) or id = ${runnerId}::uuid`;
  const taken = await sql<{ id: string }>`
    update executions set runner_id = ${runnerId}::uuid, takeovers = takeovers + (status = 'running')::int
    where id in (
      select id from executions
      where status in ('pending', 'running') and runner_id is not null and runner_id not in (${alive})
      order by priority, id limit ${takeoverLot} for update skip locked
    )
    returning id`.execute(db);
  return taken.rows.map((row) => row.id);
}

/** Rows of runners that died and hold nothing any more. */
export async function forgetDeadRunners(db: Db, runnerId: string, isAlone: boolean): Promise<void> {
  await sql`
    delete from runners
    where id <> ${runnerId}::uuid
      and (${isAlone}::boolean or heartbeat_at < clock_timestamp() - make_interval(secs => ${deadAfterSeconds}))
      and not exists (select from executions where runner_id = runners.id and status in ('pending', 'running'))`.execute(db);
}

/** Takes an execution that waits in the queue out of its holder's hands. False: it has ended, or is in other hands by now. */
export async function claimExecution(db: Db, id: string, runnerId: string, heldBy: string): Promise<boolean> {
  const claimed = await db
    .updateTable('executions')
    .set({ runner_id: runnerId })
    .where('id', '=', id)
    .where('runner_id', '=', heldBy)
    .where('status', 'in', ['pending', 'running'])
    .executeTakeFirst();
  return claimed.numUpdatedRows === 1n;
}
