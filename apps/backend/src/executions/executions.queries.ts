/** Executions, their events and their files in the database. */
import type { Tables } from '@imageflow/adapters/database';
import type { ExecutionEvent, ExecutionState, ExecutionStatus, LocalizedText, PipelineDefinition, RunMode } from '@imageflow/core';
import { type Kysely, type Selectable, sql } from 'kysely';
import { type Job, priorityOf, priorityRank } from './job.ts';
import type { OutputFile } from './outputs.ts';

type Db = Kysely<Tables>;

export interface IdempotencyClaim {
  readonly userId: string;
  readonly key: string;
  readonly requestHash: string;
}

export type FileRow = Selectable<Tables['files']>;

export interface Acceptance {
  readonly job: Job;
  readonly runnerId: string | null;
  readonly claim: IdempotencyClaim | undefined;
  /** Received with the request: known from now on. */
  readonly uploads: readonly FileRow[];
}

/**
 * The execution, its first events, its uploads and its idempotency key: all or nothing. False when an input file is gone; stored inputs are
 * locked, so that none is deleted at the same moment. One statement is one transaction: on the embedded engine each further one costs 0.3
 * to 0.5 ms of the main thread (2-core Linux machine, November 2026).
 */
export async function insertExecution(db: Db, { job, runnerId, claim, uploads }: Acceptance): Promise<boolean> {
  const inputs = JSON.stringify(job.inputs.map((input) => input.id));
  const received = new Set(uploads.map((upload) => upload.id));
  const stored = [...new Set(job.inputs.map((input) => input.id))].filter((id) => !received.has(id));
  const claims = JSON.stringify(claim === undefined ? [] : [{ user_id: claim.userId, key: claim.key, request_hash: claim.requestHash }]);
  const events = JSON.stringify(job.earlier.map((event) => ({ sequence: event.sequence, event })));
  const done = await sql<{ execution_id: string }>`
    with used as (
      select id from files where id in (select jsonb_array_elements_text(${JSON.stringify(stored)}::jsonb)::uuid) for share
    ), received as (
      insert into files (id, kind, object_key, filename, content_type, size_bytes, width, height, sha256, created_by, created_at)
      select id, kind, object_key, filename, content_type, size_bytes, width, height, sha256, created_by, created_at
      from jsonb_to_recordset(${JSON.stringify(uploads)}::jsonb) as row
        (id uuid, kind text, object_key text, filename text, content_type text, size_bytes bigint, width int, height int, sha256 text,
         created_by uuid, created_at timestamptz)
      where (select count(*) from used) = ${stored.length}::int
    ), execution as (
      insert into executions (id, pipeline, pipeline_version, status, execution_mode, priority, parameters, input_files, runner_id, sequence,
                              traceparent, rerun_of, created_by, created_at)
      select ${job.id}::uuid, ${job.pipeline}::uuid, ${job.version}::int, 'pending', ${job.mode}, ${priorityRank(job.priority)}::smallint,
             ${JSON.stringify(job.parameters)}::jsonb, ${inputs}::jsonb, ${runnerId}::uuid, ${job.earlier.length}::int, ${job.traceparent ?? null}::text,
             ${job.rerunOf ?? null}::uuid, ${job.createdBy ?? null}::uuid, ${new Date(job.createdAt)}::timestamptz
      where (select count(*) from used) = ${stored.length}::int
      returning id
    ), claim as (
      insert into idempotency_keys (user_id, key, request_hash, execution_id)
      select row.user_id, row.key, row.request_hash, execution.id
      from execution, jsonb_to_recordset(${claims}::jsonb) as row (user_id uuid, key text, request_hash text)
    )
    insert into execution_events (execution_id, sequence, event)
    select execution.id, row.sequence, row.event
    from execution, jsonb_to_recordset(${events}::jsonb) as row (sequence int, event jsonb)
    returning execution_id`.execute(db);
  return done.rows.length > 0;
}

export function selectIdempotencyKey(db: Db, userId: string, key: string) {
  return db.selectFrom('idempotency_keys').selectAll().where('user_id', '=', userId).where('key', '=', key).executeTakeFirst();
}

export interface RecordedEvent {
  readonly executionId: string;
  readonly event: ExecutionEvent;
}

/**
 * Writes events of executions that this runner still holds; those of others are dropped. The rows are locked first, so that a takeover at the
 * same moment waits and then sees all of them.
 */
export async function insertEvents(db: Db, runnerId: string, recorded: readonly RecordedEvent[]): Promise<void> {
  const rows = JSON.stringify(recorded.map(({ executionId, event }) => ({ execution_id: executionId, sequence: event.sequence, event })));
  const heads = JSON.stringify(headsOf(recorded));
  await sql`
    with held as (
      select id from executions
      where id in (select (head ->> 'id')::uuid from jsonb_array_elements(${heads}::jsonb) head)
        and runner_id = ${runnerId} and status in ('pending', 'running')
      order by id for update
    ), moved as (
      update executions set
        status = coalesce(head.status, executions.status),
        started_at = coalesce(executions.started_at, to_timestamp(head.started_at / 1000.0)),
        execution_mode = case
          when head.mode is not null then head.mode
          when head.status = 'pending' and executions.execution_mode = 'direct_grpc' then 'kafka_fallback'
          else executions.execution_mode end,
        sequence = greatest(executions.sequence, head.sequence)
      from jsonb_to_recordset(${heads}::jsonb) as head (id uuid, sequence int, status text, started_at double precision, mode text), held
      where executions.id = head.id and held.id = head.id
    )
    insert into execution_events (execution_id, sequence, event)
    select row.execution_id, row.sequence, row.event
    from jsonb_to_recordset(${rows}::jsonb) as row (execution_id uuid, sequence int, event jsonb)
    join held on held.id = row.execution_id
    on conflict do nothing`.execute(db);
}

interface Head {
  readonly id: string;
  readonly sequence: number;
  readonly status: 'pending' | 'running' | null;
  readonly started_at: number | null;
  readonly mode: RunMode | null;
}

/** What the events change of their execution's own row. */
function headsOf(recorded: readonly RecordedEvent[]): readonly Head[] {
  const heads = new Map<string, Head>();
  for (const { executionId, event } of recorded) {
    const before = heads.get(executionId) ?? { id: executionId, sequence: 0, status: null, started_at: null, mode: null };
    heads.set(executionId, { ...before, ...headOf(event, before), sequence: Math.max(before.sequence, event.sequence) });
  }
  return [...heads.values()];
}

function headOf(event: ExecutionEvent, before: Head): Partial<Head> {
  if (event.kind === 'execution_started') return { status: 'running', started_at: before.started_at ?? event.at, mode: event.mode };
  // The mode that follows depends on the one before, which the row knows.
  return event.kind === 'fallback_requested' ? { status: 'pending', mode: null } : {};
}

export interface Ending {
  readonly executionId: string;
  readonly runnerId: string;
  readonly status: ExecutionStatus;
  readonly mode: RunMode;
  readonly fault: { code: string; message: LocalizedText; retryable: boolean; step_id?: string; retry_after?: number } | undefined;
  readonly startedAt: number | undefined;
  readonly finishedAt: number;
  readonly processingTimeMs: number | undefined;
  /** Not written yet, the terminal one last. */
  readonly events: readonly ExecutionEvent[];
  readonly files: readonly OutputFile[];
  readonly createdBy: string | undefined;
}

/**
 * The terminal state, its events and files: all or nothing. False when this runner does not hold the execution any more, or it has ended.
 */
export async function finishExecution(db: Db, ending: Ending): Promise<boolean> {
  const events = JSON.stringify(ending.events.map((event) => ({ sequence: event.sequence, event })));
  const files = JSON.stringify(ending.files.map((file) => fileRow(file)));
  const done = await sql<{ id: string }>`
    with done as (
      update executions set
        status = ${ending.status}, execution_mode = ${ending.mode}, fault = ${ending.fault === undefined ? null : JSON.stringify(ending.fault)}::jsonb,
        started_at = coalesce(started_at, ${ending.startedAt === undefined ? null : new Date(ending.startedAt)}::timestamptz),
        finished_at = ${new Date(ending.finishedAt)}::timestamptz, processing_time_ms = ${ending.processingTimeMs ?? null}::double precision,
        sequence = ${ending.events.at(-1)?.sequence ?? 0}::int
      where id = ${ending.executionId}::uuid and runner_id = ${ending.runnerId}::uuid and status in ('pending', 'running')
      returning id
    ), journal as (
      insert into execution_events (execution_id, sequence, event)
      select done.id, row.sequence, row.event from done, jsonb_to_recordset(${events}::jsonb) as row (sequence int, event jsonb)
      on conflict do nothing
    ), stored as (
      insert into files (id, kind, object_key, filename, content_type, size_bytes, width, height, execution_id, input, step_id, created_by)
      select row.id, row.kind, row.object_key, row.filename, row.content_type, row.size_bytes, row.width, row.height, done.id, row.input,
             row.step_id, ${ending.createdBy ?? null}::uuid
      from done, jsonb_to_recordset(${files}::jsonb) as row
        (id uuid, kind text, object_key text, filename text, content_type text, size_bytes bigint, width int, height int, input int, step_id text)
    )
    select id from done`.execute(db);
  return done.rows.length === 1;
}

function fileRow({ id, kind, image, filename, input, stepId }: OutputFile) {
  return {
    id,
    kind,
    object_key: image.key,
    filename,
    content_type: image.contentType,
    size_bytes: image.sizeBytes,
    width: image.width > 0 ? image.width : null,
    height: image.height > 0 ? image.height : null,
    input,
    step_id: stepId,
  };
}

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

export async function selectEvents(db: Db, executionId: string, after = 0): Promise<ExecutionEvent[]> {
  const rows = await db
    .selectFrom('execution_events')
    .select('event')
    .where('execution_id', '=', executionId)
    .where('sequence', '>', after)
    .orderBy('sequence')
    .execute();
  return rows.map((row) => row.event);
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

export function faultRow(state: ExecutionState): Ending['fault'] {
  if (state.fault === undefined) return undefined;
  const { code, message, retryable, retry_after } = state.fault;
  return {
    code,
    message,
    retryable,
    ...(state.faultStep !== undefined && { step_id: state.faultStep }),
    ...(retry_after !== undefined && { retry_after }),
  };
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
