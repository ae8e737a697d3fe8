/**
 * Who runs what. Each engine has one row with a heartbeat; an execution names its runner. A runner whose heartbeat is old has died, and its
 * executions are taken over; times are the database's, so that clocks of machines need not agree.
 */
import type { Tables } from '@imageflow/adapters/database';
import { type Kysely, sql } from 'kysely';

type Db = Kysely<Tables>;

export const heartbeatMs = 2_000;
/** Several missed heartbeats: a process that is only busy is not taken for dead. */
export const deadAfterMs = 12_000;
const deadAfterSeconds = deadAfterMs / 1000;
/** Events are shown before they are stored. After a takeover the sequence jumps by this, more than a dead engine can have shown unstored, so that no number is used twice. */
export const untoldGap = 10_000;
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
 * When the database belongs to this process: no other engine can be alive. Gives this one the next lot of unfinished executions, and answers
 * their ids.
 */
export async function takeOver(db: Db, runnerId: string): Promise<readonly string[]> {
  const taken = await sql<{ id: string }>`
    update executions set runner_id = ${runnerId}::uuid, takeovers = takeovers + (status = 'running')::int, sequence = sequence + ${untoldGap}::int
    where id in (
      select id from executions
      where status in ('pending', 'running') and runner_id is distinct from ${runnerId}::uuid
      order by priority, id limit ${takeoverLot} for update skip locked
    )
    returning id`.execute(db);
  return taken.rows.map((row) => row.id);
}

/**
 * Unfinished executions whose engine is not alive become anybody's; answers how many. They keep their journal: whoever takes one goes on where
 * it stopped.
 */
export async function returnLost(db: Db, runnerId: string): Promise<number> {
  const { rows } = await sql`
    with lost as (
      select id from executions
      where status in ('pending', 'running') and runner_id is not null and runner_id <> ${runnerId}::uuid and runner_id not in (
        select id from runners where heartbeat_at > clock_timestamp() - make_interval(secs => ${deadAfterSeconds})
      )
      for update skip locked
    )
    update executions set runner_id = null, status = 'pending', takeovers = takeovers + (status = 'running')::int,
      sequence = sequence + ${untoldGap}::int
    from lost where executions.id = lost.id
    returning executions.id`.execute(db);
  return rows.length;
}

/** What this engine has in its hands when it stops becomes anybody's. */
export async function returnOwn(db: Db, runnerId: string): Promise<void> {
  await db
    .updateTable('executions')
    .set({ runner_id: null, status: 'pending' })
    .where('runner_id', '=', runnerId)
    .where('status', 'in', ['pending', 'running'])
    .execute();
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
