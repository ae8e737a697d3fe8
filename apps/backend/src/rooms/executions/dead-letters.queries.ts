/** Dead letters in the database. */
import type { Tables } from '@imageflow/adapters/database';
import type { Kysely, Selectable } from 'kysely';

type Db = Kysely<Tables>;

export type DeadLetterRow = Selectable<Tables['dead_letters']>;

export type NewDeadLetter = Pick<DeadLetterRow, 'id' | 'topic' | 'key' | 'value' | 'headers' | 'reason' | 'deliveries' | 'execution_id'>;

export async function insertDeadLetter(db: Db, letter: NewDeadLetter): Promise<void> {
  const { value, headers, ...rest } = letter;
  await db
    .insertInto('dead_letters')
    .values({
      ...rest,
      value: JSON.stringify(value),
      headers: JSON.stringify(headers),
      redriven_at: null,
      redriven_by: null,
      new_execution_id: null,
    })
    .execute();
}

export interface DeadLetterFilter {
  readonly limit: number;
  /** Ids before this one, newest first. */
  readonly beforeId: string | undefined;
  readonly isRedriven: boolean | undefined;
}

/** One more than `limit`, to see whether there is a next page. */
export function selectDeadLetters(db: Db, { limit, beforeId, isRedriven }: DeadLetterFilter): Promise<DeadLetterRow[]> {
  let query = db
    .selectFrom('dead_letters')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (beforeId !== undefined) query = query.where('id', '<', beforeId);
  if (isRedriven !== undefined) query = query.where('redriven_at', isRedriven ? 'is not' : 'is', null);
  return query.execute();
}

export function selectDeadLetter(db: Db, id: string): Promise<DeadLetterRow | undefined> {
  return db.selectFrom('dead_letters').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Undefined when it is gone, or somebody else was first. */
export function markRedriven(db: Db, id: string, by: string, at: Date): Promise<DeadLetterRow | undefined> {
  return db
    .updateTable('dead_letters')
    .set({ redriven_at: at, redriven_by: by })
    .where('id', '=', id)
    .where('redriven_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
}

export async function unmarkRedriven(db: Db, id: string): Promise<void> {
  await db.updateTable('dead_letters').set({ redriven_at: null, redriven_by: null }).where('id', '=', id).execute();
}

export async function setNewExecution(db: Db, id: string, executionId: string): Promise<void> {
  await db.updateTable('dead_letters').set({ new_execution_id: executionId }).where('id', '=', id).execute();
}

export async function deleteDeadLetter(db: Db, id: string): Promise<boolean> {
  const deleted = await db.deleteFrom('dead_letters').where('id', '=', id).executeTakeFirst();
  return deleted.numDeletedRows === 1n;
}
