/** Executions, their events and their files in the database. */
import type { Tables } from '@imageflow/adapters/database';
import type { ExecutionEvent, ExecutionStatus, PipelineDefinition } from '@imageflow/core';
import type { Kysely, Selectable } from 'kysely';
import type { FileRow } from './file-row.ts';
import { type Job, priorityOf } from './job.ts';

type Db = Kysely<Tables>;

export type { FileRow };

export type ExecutionRow = Selectable<Tables['executions']> & { readonly pipeline_id: string };

const withPipeline = (db: Db) =>
  db
    .selectFrom('executions')
    .innerJoin('pipelines', 'pipelines.id', 'executions.pipeline')
    .selectAll('executions')
    .select('pipelines.pipeline_id');

export interface ExecutionFilter {
  readonly limit: number;
  /** Ids before this one, newest first. */
  readonly beforeId: string | undefined;
  readonly status: readonly ExecutionStatus[] | undefined;
  /** UUID of the pipeline. */
  readonly pipeline: string | undefined;
  readonly createdFrom: Date | undefined;
  readonly createdTo: Date | undefined;
}

/** One more than `limit`, to see whether there is a next page. */
export function selectExecutions(db: Db, filter: ExecutionFilter): Promise<ExecutionRow[]> {
  const { limit, beforeId, status, pipeline, createdFrom, createdTo } = filter;
  let query = withPipeline(db)
    .orderBy('executions.id', 'desc')
    .limit(limit + 1);
  if (beforeId !== undefined) query = query.where('executions.id', '<', beforeId);
  if (status !== undefined) query = query.where('executions.status', 'in', status);
  if (pipeline !== undefined) query = query.where('executions.pipeline', '=', pipeline);
  if (createdFrom !== undefined) query = query.where('executions.created_at', '>=', createdFrom);
  if (createdTo !== undefined) query = query.where('executions.created_at', '<', createdTo);
  return query.execute();
}

export function selectOutputs(db: Db, executionId: string): Promise<FileRow[]> {
  return db.selectFrom('files').selectAll().where('execution_id', '=', executionId).orderBy('input').orderBy('id').execute();
}

export function selectFiles(db: Db, ids: readonly string[]): Promise<FileRow[]> {
  return ids.length === 0 ? Promise.resolve([]) : db.selectFrom('files').selectAll().where('id', 'in', ids).execute();
}

/** Executions of these ids as jobs, in the order in which they run. Those whose inputs are gone come without them and fail by it. */
export async function selectJobs(db: Db, ids: readonly string[]): Promise<Job[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('executions')
    .innerJoin('pipeline_versions', (join) =>
      join
        .onRef('pipeline_versions.pipeline', '=', 'executions.pipeline')
        .onRef('pipeline_versions.number', '=', 'executions.pipeline_version'),
    )
    .selectAll('executions')
    .select('pipeline_versions.definition')
    .where('executions.id', 'in', ids)
    .orderBy('executions.priority')
    .orderBy('executions.id')
    .execute();
  const files = new Map((await selectFiles(db, [...new Set(rows.flatMap((row) => row.input_files))])).map((file) => [file.id, file]));
  const events = await db
    .selectFrom('execution_events')
    .select(['execution_id', 'event'])
    .where('execution_id', 'in', ids)
    .orderBy('execution_id')
    .orderBy('sequence')
    .execute();
  const byExecution = new Map<string, ExecutionEvent[]>(rows.map((row) => [row.id, []]));
  for (const { execution_id, event } of events) byExecution.get(execution_id)?.push(event);
  return rows.map((row) => toJob(row, row.definition, files, byExecution.get(row.id) ?? []));
}

function toJob(
  row: Selectable<Tables['executions']>,
  definition: PipelineDefinition,
  files: ReadonlyMap<string, FileRow>,
  earlier: readonly ExecutionEvent[],
): Job {
  return {
    id: row.id,
    pipeline: row.pipeline,
    version: row.pipeline_version,
    definition,
    priority: priorityOf(row.priority),
    mode: row.execution_mode,
    parameters: row.parameters,
    inputs: row.input_files.map((id) => toInput(id, files.get(id))),
    traceparent: row.traceparent ?? undefined,
    createdBy: row.created_by ?? undefined,
    createdAt: row.created_at.getTime(),
    rerunOf: row.rerun_of ?? undefined,
    cancelledBy: row.cancel_requested_by ?? undefined,
    takeovers: row.takeovers,
    toldUpTo: row.sequence,
    earlier,
  };
}

export function toInput(id: string, file: FileRow | undefined): Job['inputs'][number] {
  return {
    id,
    filename: file?.filename ?? id,
    row: file,
    image: {
      key: file?.object_key ?? `uploads/${id}`,
      contentType: file?.content_type ?? 'application/octet-stream',
      sizeBytes: Number(file?.size_bytes ?? 0),
      width: file?.width ?? 0,
      height: file?.height ?? 0,
    },
  };
}

/** Asks whoever runs it to stop; kept, so that it is not forgotten when that one dies. False when it has ended. */
export async function markCancelRequested(db: Db, id: string, by: string): Promise<boolean> {
  const marked = await db
    .updateTable('executions')
    .set((eb) => ({ cancel_requested_by: eb.fn.coalesce('cancel_requested_by', eb.val(by)) }))
    .where('id', '=', id)
    .where('status', 'in', ['pending', 'running'])
    .executeTakeFirst();
  return marked.numUpdatedRows === 1n;
}

export async function countUnfinished(db: Db): Promise<{ readonly pending: number; readonly running: number }> {
  const rows = await db
    .selectFrom('executions')
    .select(['status', (eb) => eb.fn.countAll<string>().as('count')])
    .where('status', 'in', ['pending', 'running'])
    .groupBy('status')
    .execute();
  const count = (status: ExecutionStatus): number => Number(rows.find((row) => row.status === status)?.count ?? 0);
  return { pending: count('pending'), running: count('running') };
}
