/** What is no longer kept, in the database. */
import type { Tables } from '@imageflow/adapters/database';
import { type Kysely, sql } from 'kysely';

type Db = Kysely<Tables>;

interface Removed {
  readonly id: string;
  readonly object_key: string;
}

const lot = 200;

/** Files of ended executions only. */
export function deleteOldFiles(db: Db, kind: 'handover' | 'output', before: Date): Promise<readonly Removed[]> {
  return db
    .deleteFrom('files')
    .where('id', 'in', (query) =>
      query
        .selectFrom('files')
        .innerJoin('executions', 'executions.id', 'files.execution_id')
        .select('files.id')
        .where('files.kind', '=', kind)
        .where('files.created_at', '<', before)
        .where('executions.status', 'in', ['completed', 'failed', 'cancelled'])
        .orderBy('files.id')
        .limit(lot),
    )
    .returning(['id', 'object_key'])
    .execute();
}

/** The oldest of those beyond `maxBytes`. */
export async function deleteSurplusHandovers(db: Db, maxBytes: number): Promise<readonly Removed[]> {
  const removed = await sql<Removed>`
    delete from files where id in (
      select id from (
        select id, sum(size_bytes) over (order by id desc) as bytes from files where kind = 'handover'
      ) kept where bytes > ${maxBytes}::bigint order by id limit ${lot}
    ) returning id, object_key`.execute(db);
  return removed.rows;
}

export async function deleteOldIdempotencyKeys(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('idempotency_keys').where('created_at', '<', before).execute();
}

export interface Owned {
  readonly keys: ReadonlySet<string>;
  /** Not ended, or not long ago. */
  readonly executions: ReadonlySet<string>;
}

/** Which of these objects somebody still needs. */
export async function selectOwned(db: Db, keys: readonly string[], executionIds: readonly string[], endedBefore: Date): Promise<Owned> {
  const files = await db.selectFrom('files').select('object_key').where('object_key', 'in', keys).execute();
  const executions = await db
    .selectFrom('executions')
    .select('id')
    .where('id', 'in', executionIds)
    .where((where) => where.or([where('finished_at', 'is', null), where('finished_at', '>=', endedBefore)]))
    .execute();
  return { keys: new Set(files.map((file) => file.object_key)), executions: new Set(executions.map((execution) => execution.id)) };
}
