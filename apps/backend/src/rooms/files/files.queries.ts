/** Files in the database. */
import type { FileKind, Tables } from '@imageflow/adapters/database';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { containsPattern } from '../../doors/page.ts';

type Handle = Kysely<Tables> | Transaction<Tables>;

export type FileRow = Selectable<Tables['files']>;

export interface FileFilter {
  readonly limit: number;
  /** Ids before this one, newest first. */
  readonly beforeId: string | undefined;
  readonly kinds: readonly FileKind[];
  readonly executionId: string | undefined;
  readonly search: string | undefined;
}

/** One more than `limit`, to see whether there is a next page. */
export function selectFiles(db: Handle, filter: FileFilter): Promise<FileRow[]> {
  let query = db
    .selectFrom('files')
    .selectAll()
    .where('kind', 'in', filter.kinds)
    .orderBy('id', 'desc')
    .limit(filter.limit + 1);
  if (filter.beforeId !== undefined) query = query.where('id', '<', filter.beforeId);
  if (filter.executionId !== undefined) query = query.where('execution_id', '=', filter.executionId);
  if (filter.search !== undefined) query = query.where('filename', 'ilike', containsPattern(filter.search));
  return query.execute();
}

export function selectFile(db: Handle, id: string): Promise<FileRow | undefined> {
  return db.selectFrom('files').selectAll().where('id', '=', id).executeTakeFirst();
}

/** All or none. */
export async function insertFiles(db: Handle, files: readonly FileRow[]): Promise<void> {
  if (files.length > 0)
    await db
      .insertInto('files')
      .values([...files])
      .execute();
}

/** Locks the row, so that an execution that is being accepted with this file either is seen here or does not find the file. */
export function lockFile(transaction: Transaction<Tables>, id: string): Promise<FileRow | undefined> {
  return transaction.selectFrom('files').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** An unfinished execution that reads this file, or made it. */
export async function selectUser(db: Handle, file: FileRow): Promise<string | undefined> {
  const row = await db
    .selectFrom('executions')
    .select('id')
    .where('status', 'in', ['pending', 'running'])
    .where((where) => where.or([where('id', '=', file.execution_id), sql<boolean>`input_files @> ${JSON.stringify([file.id])}::jsonb`]))
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

export async function deleteFileRow(db: Handle, id: string): Promise<void> {
  await db.deleteFrom('files').where('id', '=', id).execute();
}

/** Which of these files there are. */
export async function selectExisting(db: Handle, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = ids.length === 0 ? [] : await db.selectFrom('files').select('id').where('id', 'in', ids).execute();
  return new Set(rows.map((row) => row.id));
}
