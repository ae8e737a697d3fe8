/** Archived frames in the database. */
import type { Tables } from '@imageflow/adapters/database';
import { type Kysely, type Selectable, sql } from 'kysely';

type Db = Kysely<Tables>;

export type ArchiveRow = Selectable<Tables['stream_archive']>;

export async function insertArchived(db: Db, row: ArchiveRow): Promise<void> {
  await db
    .insertInto('stream_archive')
    .values({ ...row, classes: JSON.stringify(row.classes), detections: JSON.stringify(row.detections) })
    .execute();
}

/** Answers how many of the frames are still there. */
export async function setClip(db: Db, ids: readonly string[], key: string): Promise<number> {
  const result = await db
    .updateTable('stream_archive')
    .set({ clip_key: key })
    .where('id', 'in', [...ids])
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** Those that a frame has which is none of `ids`. */
export async function selectUsedClips(db: Db, keys: readonly string[], ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('stream_archive')
    .select('clip_key')
    .distinct()
    .where('clip_key', 'in', [...keys])
    .where('id', 'not in', [...ids])
    .execute();
  return new Set(rows.flatMap(({ clip_key }) => (clip_key === null ? [] : [clip_key])));
}

export async function markAnnounced(db: Db, id: string): Promise<void> {
  await db.updateTable('stream_archive').set({ announced_at: sql<Date>`clock_timestamp()` }).where('id', '=', id).execute();
}

export interface ArchiveFilter {
  readonly limit: number;
  readonly beforeId: string | undefined;
  readonly reason: ArchiveRow['reason'] | undefined;
  readonly className: string | undefined;
  readonly minConfidence: number | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** One more than `limit`, newest first. */
export function selectArchived(db: Db, streamId: string, filter: ArchiveFilter): Promise<ArchiveRow[]> {
  const { limit, beforeId, reason, className, minConfidence, from, to } = filter;
  let query = db
    .selectFrom('stream_archive')
    .selectAll()
    .where('stream_id', '=', streamId)
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (beforeId !== undefined) query = query.where('id', '<', beforeId);
  if (reason !== undefined) query = query.where('reason', '=', reason);
  if (className !== undefined) query = query.where(sql<boolean>`classes @> ${JSON.stringify([className])}::jsonb`);
  if (minConfidence !== undefined) query = query.where('max_confidence', '>=', minConfidence);
  if (from !== undefined) query = query.where('captured_at', '>=', new Date(from));
  if (to !== undefined) query = query.where('captured_at', '<', new Date(to));
  return query.execute();
}

export function selectArchivedOne(db: Db, streamId: string, id: string): Promise<ArchiveRow | undefined> {
  return db.selectFrom('stream_archive').selectAll().where('stream_id', '=', streamId).where('id', '=', id).executeTakeFirst();
}

/** One of a stream, all of a stream, or those that are no longer kept. */
export interface WhichArchived {
  readonly id?: string;
  readonly streamId?: string;
}

export function selectDoomed(db: Db, { id, streamId }: WhichArchived, limit: number): Promise<ArchiveRow[]> {
  let query = db.selectFrom('stream_archive').selectAll().limit(limit);
  if (id !== undefined) query = query.where('id', '=', id);
  if (streamId !== undefined) query = query.where('stream_id', '=', streamId);
  else query = query.where('expires_at', '<', sql<Date>`clock_timestamp()`);
  return query.execute();
}

/** Answers what it deleted. */
export function deleteArchived(db: Db, ids: readonly string[]): Promise<ArchiveRow[]> {
  return db
    .deleteFrom('stream_archive')
    .where('id', 'in', [...ids])
    .returningAll()
    .execute();
}

/** Kept a while ago, and the bus has not taken the message yet. */
export function selectUnannounced(db: Db, limit: number): Promise<(ArchiveRow & { readonly name: string })[]> {
  return db
    .selectFrom('stream_archive')
    .innerJoin('streams', 'streams.id', 'stream_archive.stream_id')
    .selectAll('stream_archive')
    .select('streams.name')
    .where('announced_at', 'is', null)
    .where('captured_at', '<', sql<Date>`clock_timestamp() - interval '30 seconds'`)
    .orderBy('stream_archive.id')
    .limit(limit)
    .execute();
}
