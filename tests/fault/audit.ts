/** Counts what the run has left behind, in the database and in the object store, after the platform has stopped. */
import { type Database, openDatabase } from '@imageflow/adapters/database';
import { openObjects } from '@imageflow/adapters/objects';
import type { Clock, ObjectStore } from '@imageflow/core';
import { sql } from 'kysely';
import { untoldGap } from '../../apps/backend/src/engine/leases.queries.ts';
import { clean } from '../../apps/backend/src/rooms/executions/retention.ts';
import { sweep } from '../../apps/backend/src/rooms/files/sweep.ts';
import type { Book } from './load.ts';
import { isEnd, type Watch } from './watch.ts';
import type { Work } from './work.ts';

export interface Audit {
  readonly counts: Readonly<Record<string, number>>;
  readonly anomalies: readonly string[];
}

export interface AuditNeeds {
  readonly databaseUrl: string;
  readonly objectsUrl: string;
  readonly watch: Watch;
  readonly book: Book;
  readonly work: Work;
}

interface Ledger {
  readonly db: Database['db'];
  readonly objects: ObjectStore;
  report(anomaly: string): void;
}

export async function audit({ databaseUrl, objectsUrl, watch, book, work }: AuditNeeds): Promise<Audit> {
  const anomalies: string[] = [];
  const database = await openDatabase(databaseUrl);
  try {
    const objects = await openObjects(objectsUrl);
    const ledger = { db: database.db, objects, report: (anomaly: string) => void anomalies.push(anomaly) };
    const statuses = await checkEnds(ledger, watch, book);
    await checkFailures(ledger, work);
    await checkJournal(ledger);
    await checkKeys(ledger, book);
    const files = await checkFiles(ledger, work);
    const strays = await checkStrays(ledger);
    const letters = await checkQueue(ledger);
    return { counts: { ...statuses, ...files, ...strays, ...letters }, anomalies };
  } finally {
    await database.close();
  }
}

async function checkEnds({ db, report }: Ledger, watch: Watch, book: Book): Promise<Record<string, number>> {
  const rows = await db.selectFrom('executions').select(['id', 'status', 'execution_mode', 'takeovers', 'fault']).execute();
  const found = new Map(rows.map((row) => [row.id, row.status]));
  for (const id of watch.ids) if (!found.has(id)) report(`${id} was accepted and is lost`);
  for (const { id, status } of rows) if (!isEnd(status)) report(`${id} is still ${status}`);
  for (const [id, status] of watch.ends) if (found.get(id) !== status) report(`${id} was ${status} and is ${found.get(id)}`);
  for (const id of book.cancelled) if (found.get(id) !== 'cancelled') report(`${id} was cancelled and is ${found.get(id)}`);
  const codes = Map.groupBy(rows, (row) => row.fault?.code ?? 'none');
  codes.delete('none');
  const count = (status: string) => rows.filter((row) => row.status === status).length;
  const [completed, failed, cancelled] = [count('completed'), count('failed'), count('cancelled')];
  return {
    accepted: rows.length,
    completed,
    failed,
    cancelled,
    ...Object.fromEntries([...codes].map(([code, of]) => [`failed_${code}`, of.length])),
    by_queue: rows.filter((row) => row.execution_mode === 'kafka_queue').length,
    by_fallback: rows.filter((row) => row.execution_mode === 'kafka_fallback').length,
    takeovers: rows.reduce((sum, row) => sum + row.takeovers, 0),
  };
}

/** Ends of work that is all right: each attempt was too slow, each engine died of it, or five rounds failed and it lies among the dead letters. */
const badLuck: ReadonlySet<string> = new Set(['STEP_TIMEOUT', 'RUN_ABANDONED']);

/** What is damaged never completes, and what is not fails only by bad luck. */
async function checkFailures({ db, report }: Ledger, { damaged }: Work): Promise<void> {
  const rows = await sql<{ id: string; status: string; code: string | null; is_damaged: boolean; is_dead: boolean }>`
    select id, status, fault->>'code' as code,
           exists (select from files f where e.input_files ? f.id::text and f.filename = ${damaged.name}) as is_damaged,
           exists (select from dead_letters d where d.execution_id = e.id) as is_dead
    from executions e where status in ('completed', 'failed')`.execute(db);
  for (const { id, status, code, is_damaged, is_dead } of rows.rows) {
    if (status === 'completed' && is_damaged) report(`${id} is completed, and its input is damaged`);
    const isExplained = is_damaged || is_dead || badLuck.has(code ?? '');
    if (status === 'failed' && !isExplained) report(`${id} failed with ${code}, and its input is all right`);
  }
}

/** Each execution's events are whole, in order, and end once. Their numbers have a gap for each engine that died with it. */
async function checkJournal({ db, report }: Ledger): Promise<void> {
  const rows = await sql<{ id: string; status: string; sequence: number; events: number; last: number; ends: number; end: string | null }>`
    select id, status, executions.sequence, count(event)::int as events, max(execution_events.sequence)::int as last,
           count(*) filter (where event->>'kind' in ('execution_completed', 'execution_failed', 'execution_cancelled'))::int as ends,
           max(event->>'kind') filter (where execution_events.sequence = executions.sequence) as "end"
    from executions left join execution_events on execution_id = id group by id`.execute(db);
  for (const { id, status, sequence, events, last, ends, end } of rows.rows) {
    const isWhole = events === sequence % untoldGap && last === sequence;
    if (!isWhole) report(`${id}: ${events} events, the last is ${last}, the execution says ${sequence}`);
    if (isEnd(status as 'completed') && (ends !== 1 || end !== `execution_${status}`))
      report(`${id} is ${status}: ${ends} ends, and last ${end}`);
  }
}

async function checkKeys({ db, report }: Ledger, book: Book): Promise<void> {
  const rows = await db.selectFrom('idempotency_keys').select(['key', 'execution_id']).execute();
  const stored = new Map(rows.map((row) => [row.key, row.execution_id]));
  for (const [key, ids] of book.keys) {
    const [id] = ids;
    if (ids.size !== 1 || stored.get(key) !== id) report(`key ${key} gave ${[...ids].join(' and ')}, stored is ${stored.get(key)}`);
  }
  // Each request has a key except a re-run.
  const unclaimed = await db
    .selectFrom('executions')
    .select('id')
    .where('rerun_of', 'is', null)
    .where('id', 'not in', (query) => query.selectFrom('idempotency_keys').select('execution_id'))
    .execute();
  for (const { id } of unclaimed) report(`${id} has no idempotency key: it was accepted twice`);
}

async function checkFiles({ db, objects, report }: Ledger, { pipelines }: Work): Promise<Record<string, number>> {
  const files = await db.selectFrom('files').selectAll().execute();
  const seen = new Set<string>();
  for (const file of files) {
    const info = await objects.head(file.object_key);
    if (info === undefined) report(`${file.kind} ${file.object_key} has a row and no content`);
    else if (info.sizeBytes !== Number(file.size_bytes))
      report(`${file.object_key}: ${info.sizeBytes} bytes, its row says ${file.size_bytes}`);
    const place = file.execution_id === null ? file.object_key : `${file.execution_id} ${file.input} ${file.step_id} ${file.kind}`;
    if (seen.has(place)) report(`${place}: more than one row`);
    seen.add(place);
  }
  const expected = new Map(pipelines.map((pipeline) => [pipeline.id, pipeline.outputs]));
  const rows = await sql<{ id: string; pipeline_id: string; status: string; inputs: number; outputs: number; rollback: boolean | null }>`
    select e.id, p.pipeline_id, e.status, jsonb_array_length(e.input_files)::int as inputs,
           (select count(*)::int from files where execution_id = e.id and kind = 'output') as outputs,
           (v.definition->'error_handling'->>'rollback_enabled')::boolean as rollback
    from executions e join pipelines p on p.id = e.pipeline join pipeline_versions v on v.pipeline = e.pipeline and v.number = e.pipeline_version
    where e.rerun_of is null`.execute(db);
  for (const { id, pipeline_id, status, inputs, outputs, rollback } of rows.rows) {
    const whole = inputs * (expected.get(pipeline_id) ?? 0);
    if (status === 'completed' && outputs !== whole) report(`${id} of ${pipeline_id}: ${outputs} outputs of ${whole}`);
    if (outputs > whole) report(`${id} of ${pipeline_id}: ${outputs} outputs, there can be ${whole}`);
    if (status === 'failed' && rollback === true && outputs > 0) report(`${id} was rolled back and has ${outputs} outputs`);
  }
  const of = (kind: string) => files.filter((file) => file.kind === kind).length;
  return { uploads: of('upload'), outputs: of('output'), handovers: of('handover') };
}

/** Later than anything that is spared because it is young. */
const later: Clock = { now: () => Date.now() + 2 * 3600_000, after: () => () => undefined };
const retention = { outputDays: undefined, handoverHours: 24, handoverMaxBytes: 1e12 };

/**
 * What a process leaves that dies between storing and writing down is found by its sweeps: after them every object has its row. A completed
 * execution leaves nothing of that kind.
 */
async function checkStrays({ db, objects, report }: Ledger): Promise<Record<string, number>> {
  const known = new Set((await db.selectFrom('files').select('object_key').execute()).map((file) => file.object_key));
  const completed = new Set(
    (await db.selectFrom('executions').select('id').where('status', '=', 'completed').execute()).map(({ id }) => id),
  );
  const before = (await listAll(objects)).filter((key) => !known.has(key));
  for (const key of before) if (completed.has(key.split('/')[1] ?? '')) report(`${key} is not known, and its execution is complete`);
  const { signal } = new AbortController();
  const swept = await sweep(
    { db, objects, clock: later, logger: { warn: (_fields: unknown, message?: string) => report(message ?? 'the sweep refused') } },
    signal,
  );
  const cleaned = await clean({ db, objects, clock: later, settings: retention }, true, signal);
  for (const key of await listAll(objects)) if (!known.has(key)) report(`${key} is not known, and no sweep removes it`);
  if (swept + cleaned !== before.length) report(`sweeps removed ${swept} and ${cleaned} objects, ${before.length} were not known`);
  return { strays: before.length };
}

/** Without the store's own note of whose it is. */
async function listAll(objects: ObjectStore): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of objects.list('')) if (!key.startsWith('installations/')) keys.push(key);
  return keys;
}

async function checkQueue({ db, report }: Ledger): Promise<Record<string, number>> {
  const waiting = await db
    .selectFrom('bus_messages')
    .select(['id', 'topic', 'key'])
    .where('topic', '=', 'image-processing-requests')
    .execute();
  for (const { key } of waiting) report(`${key} is still in the queue`);
  const letters = await db.selectFrom('dead_letters').select(['execution_id', 'reason']).execute();
  return { dead_letters: letters.length };
}
