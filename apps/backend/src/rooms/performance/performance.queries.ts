/** Finished executions into sums by the hour, and the sums back out. */
import type { Tables } from '@imageflow/adapters/database';
import type { AttemptFact, RunFact, RunHour, StepHour } from '@imageflow/core';
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';

type Run = Omit<RunFact, 'attempts'> & { readonly id: string };

/** Executions that are in no sum yet; others that roll up at the same time get others. */
export async function lockUnrolled(transaction: Transaction<Tables>, limit: number): Promise<readonly Run[]> {
  const rows = await transaction
    .selectFrom('executions')
    .select(['id', 'pipeline', 'status', 'finished_at', 'processing_time_ms'])
    .where('finished_at', 'is not', null)
    .where('rolled_up', '=', false)
    .orderBy('id')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  return rows.flatMap(({ id, pipeline, status, finished_at, processing_time_ms }) =>
    status === 'pending' || status === 'running' || finished_at === null
      ? []
      : [{ id, pipeline, status, finishedAt: finished_at.getTime(), elapsedMs: processing_time_ms ?? undefined }],
  );
}

/** The calls of their steps, by execution. */
export async function selectAttempts(
  transaction: Transaction<Tables>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AttemptFact[]>> {
  const { rows } = await sql<AttemptRow>`
    select execution_id, event ->> 'kind' as kind, event ->> 'step_id' as step_id,
      (event ->> 'elapsed_ms')::float8 as elapsed_ms, coalesce((event ->> 'service_ms')::float8, 0) as service_ms,
      coalesce((event #>> '{result,output,sizeBytes}')::float8, 0) + coalesce((event #>> '{result,handover,sizeBytes}')::float8, 0) as bytes,
      (step ->> 'service') || '.' || (step ->> 'method') as component
    from execution_events
      join executions on executions.id = execution_id
      join pipeline_versions version on version.pipeline = executions.pipeline and version.number = pipeline_version
      join lateral jsonb_array_elements(version.definition -> 'steps') step on step ->> 'step_id' = event ->> 'step_id'
    where execution_id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)
      and event ->> 'kind' in ('step_completed', 'step_failed', 'step_retrying')
  `.execute(transaction);
  const attempts = new Map<string, AttemptFact[]>();
  for (const row of rows) attempts.set(row.execution_id, [...(attempts.get(row.execution_id) ?? []), toAttempt(row)]);
  return attempts;
}

interface AttemptRow {
  readonly execution_id: string;
  readonly kind: string;
  readonly step_id: string;
  readonly elapsed_ms: number;
  readonly service_ms: number;
  readonly bytes: number;
  readonly component: string;
}

const outcomes: Readonly<Record<string, AttemptFact['outcome']>> = {
  step_completed: 'completed',
  step_failed: 'failed',
  step_retrying: 'retried',
};

function toAttempt({ step_id, component, kind, elapsed_ms, service_ms, bytes }: AttemptRow): AttemptFact {
  return {
    stepId: step_id,
    component,
    outcome: outcomes[kind] ?? 'failed',
    elapsedMs: elapsed_ms,
    serviceMs: service_ms,
    outputBytes: bytes,
  };
}

const sumColumns = sql.raw('hour, completed, failed, sum_ms, min_ms, max_ms, histogram');
const sumTypes = sql.raw(
  'hour timestamptz, completed integer, failed integer, sum_ms float8, min_ms float8, max_ms float8, histogram jsonb',
);
/** The smallest of hours without a completed one is 0, which is none. */
const addSums = sql.raw(`
  completed = sums.completed + excluded.completed, failed = sums.failed + excluded.failed, sum_ms = sums.sum_ms + excluded.sum_ms,
  min_ms = case when sums.completed = 0 then excluded.min_ms when excluded.completed = 0 then sums.min_ms
    else least(sums.min_ms, excluded.min_ms) end,
  max_ms = greatest(sums.max_ms, excluded.max_ms), histogram = add_counts(sums.histogram, excluded.histogram)`);

export async function addRunHours(transaction: Transaction<Tables>, hours: readonly RunHour[]): Promise<void> {
  const rows = hours.map((hour) => ({ pipeline: hour.pipeline, cancelled: hour.cancelled, ...toSumRow(hour) }));
  // In one order everywhere: two backends that add at the same time would wait for each other in a circle.
  await sql`
    insert into pipeline_hours as sums (pipeline, cancelled, ${sumColumns})
    select pipeline, cancelled, ${sumColumns}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as added (pipeline uuid, cancelled integer, ${sumTypes})
    order by pipeline, hour
    on conflict (pipeline, hour) do update set cancelled = sums.cancelled + excluded.cancelled, ${addSums}
  `.execute(transaction);
}

export async function addStepHours(transaction: Transaction<Tables>, hours: readonly StepHour[]): Promise<void> {
  const rows = hours.map((hour) => ({
    pipeline: hour.pipeline,
    step_id: hour.stepId,
    component: hour.component,
    retried: hour.retried,
    sum_service_ms: hour.sumServiceMs,
    sum_output_bytes: hour.sumOutputBytes,
    ...toSumRow(hour),
  }));
  await sql`
    insert into step_hours as sums (pipeline, step_id, component, retried, sum_service_ms, sum_output_bytes, ${sumColumns})
    select pipeline, step_id, component, retried, sum_service_ms, sum_output_bytes, ${sumColumns}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as added (
      pipeline uuid, step_id text, component text, retried integer, sum_service_ms float8, sum_output_bytes float8, ${sumTypes})
    order by pipeline, hour, step_id, component
    on conflict (pipeline, hour, step_id, component) do update set retried = sums.retried + excluded.retried,
      sum_service_ms = sums.sum_service_ms + excluded.sum_service_ms, sum_output_bytes = sums.sum_output_bytes + excluded.sum_output_bytes,
      ${addSums}
  `.execute(transaction);
}

function toSumRow({ hour, completed, failed, sumMs, minMs, maxMs, histogram }: RunHour | StepHour) {
  return { hour: new Date(hour), completed, failed, sum_ms: sumMs, min_ms: minMs, max_ms: maxMs, histogram };
}

export async function markRolledUp(transaction: Transaction<Tables>, ids: readonly string[]): Promise<void> {
  await transaction
    .updateTable('executions')
    .set({ rolled_up: true })
    .where(sql<boolean>`id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)`)
    .execute();
}

export function selectRunHours(db: Kysely<Tables>, pipeline: string, since: Date): Promise<readonly RunHour[]> {
  return selectAsJson<RunHour>(
    db,
    sql`select pipeline, cancelled, ${sums} from pipeline_hours where pipeline = ${pipeline} and hour >= ${since} order by hour`,
  );
}

export function selectStepHours(db: Kysely<Tables>, pipeline: string, since: Date): Promise<readonly StepHour[]> {
  return selectAsJson<StepHour>(
    db,
    sql`
      select pipeline, step_id as "stepId", component, retried, sum_service_ms as "sumServiceMs", sum_output_bytes as "sumOutputBytes", ${sums}
      from step_hours where pipeline = ${pipeline} and hour >= ${since} order by hour`,
  );
}

const sums = sql.raw(`(extract(epoch from hour) * 1000)::float8 as hour, completed, failed,
  sum_ms as "sumMs", min_ms as "minMs", max_ms as "maxMs", histogram`);

/** Thousands of rows as one text: half the time of a value at a time, on both databases. */
async function selectAsJson<T>(db: Kysely<Tables>, query: RawBuilder<unknown>): Promise<readonly T[]> {
  const { rows } = await sql<{ text: string }>`select coalesce(json_agg(found), '[]')::text as text from (${query}) as found`.execute(db);
  return JSON.parse(rows[0]?.text ?? '[]') as T[];
}
