/** Pipelines and their immutable versions in the database. */
import type { Tables } from '@imageflow/adapters/database';
import type { PipelineDefinition } from '@imageflow/core';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { containsPattern, uuidPattern } from '../../doors/page.ts';

type Handle = Kysely<Tables> | Transaction<Tables>;

/** A pipeline with one of its versions. */
export interface PipelineRow {
  readonly id: string;
  readonly pipeline_id: string;
  readonly current_version: number;
  readonly created_by: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly definition: PipelineDefinition;
}

export type VersionRow = Selectable<Tables['pipeline_versions']>;

export interface PipelineFilter {
  readonly limit: number;
  /** Ids before this one, newest first. */
  readonly beforeId: string | undefined;
  readonly search: string | undefined;
}

/** One more than `limit`, to see whether there is a next page. */
export function selectPipelines(db: Handle, filter: PipelineFilter): Promise<PipelineRow[]> {
  const { beforeId, search } = filter;
  let query = currentVersions(db)
    .orderBy('pipelines.id', 'desc')
    .limit(filter.limit + 1);
  if (beforeId !== undefined) query = query.where('pipelines.id', '<', beforeId);
  if (search !== undefined) {
    const pattern = containsPattern(search);
    query = query.where((where) =>
      where.or([
        where('pipelines.pipeline_id', 'ilike', pattern),
        where('pipelines.name', 'ilike', pattern),
        where('pipelines.description', 'ilike', pattern),
      ]),
    );
  }
  return query.execute();
}

/** `key` is the UUID or the readable id. */
export function selectPipeline(db: Handle, key: string): Promise<PipelineRow | undefined> {
  const column = uuidPattern.test(key) ? 'pipelines.id' : 'pipelines.pipeline_id';
  return currentVersions(db).where(column, '=', key).executeTakeFirst();
}

function currentVersions(db: Handle) {
  return db
    .selectFrom('pipelines')
    .innerJoin('pipeline_versions', (join) =>
      join.onRef('pipeline_versions.pipeline', '=', 'pipelines.id').onRef('pipeline_versions.number', '=', 'pipelines.current_version'),
    )
    .select([
      'pipelines.id',
      'pipelines.pipeline_id',
      'pipelines.current_version',
      'pipelines.created_by',
      'pipelines.created_at',
      'pipelines.updated_at',
      'pipeline_versions.definition',
    ])
    .where('pipelines.deleted_at', 'is', null);
}

/** Locks a pipeline until the transaction ends, so that of two editors one sees the other's version. */
export function lockPipeline(transaction: Transaction<Tables>, id: string) {
  return transaction
    .selectFrom('pipelines')
    .select(['id', 'pipeline_id', 'current_version'])
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
}

export async function insertPipeline(
  transaction: Transaction<Tables>,
  pipeline: { readonly id: string; readonly createdBy: string | null; readonly definition: PipelineDefinition },
): Promise<void> {
  const { id, createdBy, definition } = pipeline;
  const { pipeline_id, name, description } = definition;
  await transaction
    .insertInto('pipelines')
    .values({ id, pipeline_id, name, description, current_version: 1, created_by: createdBy, deleted_at: null })
    .execute();
  await insertVersion(transaction, { id, number: 1, createdBy, definition });
}

export async function insertVersion(
  transaction: Transaction<Tables>,
  version: { readonly id: string; readonly number: number; readonly createdBy: string | null; readonly definition: PipelineDefinition },
): Promise<void> {
  await transaction
    .insertInto('pipeline_versions')
    .values({
      pipeline: version.id,
      number: version.number,
      definition: JSON.stringify(version.definition),
      created_by: version.createdBy,
    })
    .execute();
}

export async function setCurrentVersion(
  transaction: Transaction<Tables>,
  id: string,
  number: number,
  definition: PipelineDefinition,
  now: Date,
): Promise<void> {
  const { name, description } = definition;
  await transaction
    .updateTable('pipelines')
    .set({ current_version: number, name, description, updated_at: now })
    .where('id', '=', id)
    .execute();
}

export async function markDeleted(transaction: Transaction<Tables>, id: string, now: Date): Promise<void> {
  await transaction.updateTable('pipelines').set({ deleted_at: now }).where('id', '=', id).execute();
}

export async function hasUnfinishedExecutions(db: Handle, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('executions')
    .select('id')
    .where('pipeline', '=', id)
    .where('status', 'in', ['pending', 'running'])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** One more than `limit`, newest first. */
export function selectVersions(db: Handle, id: string, limit: number, before: number | undefined): Promise<VersionRow[]> {
  let query = db
    .selectFrom('pipeline_versions')
    .selectAll()
    .where('pipeline', '=', id)
    .orderBy('number', 'desc')
    .limit(limit + 1);
  if (before !== undefined) query = query.where('number', '<', before);
  return query.execute();
}

export function selectVersion(db: Handle, id: string, number: number): Promise<VersionRow | undefined> {
  return db.selectFrom('pipeline_versions').selectAll().where('pipeline', '=', id).where('number', '=', number).executeTakeFirst();
}
