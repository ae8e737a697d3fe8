/** What happens to executions, written down by whoever holds them. */
import type { Tables } from '@imageflow/adapters/database';
import type { ExecutionEvent, ExecutionState, ExecutionStatus, LocalizedText, RunMode } from '@imageflow/core';
import { type Kysely, sql } from 'kysely';
import type { OutputFile } from './outputs.ts';

type Db = Kysely<Tables>;

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
