import { openTestDatabase, type TestDatabase } from '@imageflow/adapters/database/testing';
import { analysePipeline } from '@imageflow/core';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemPlatform } from '../../runtime/platform.ts';
import { selectRunHours, selectStepHours } from './performance.queries.ts';
import { type Rollups, startRollups } from './rollup.ts';

const pipeline = '019abc00-0000-7000-8000-000000000001';
const definition = { steps: [{ step_id: 'find', service: 'AIDetectionService', method: 'Detect' }] };
const start = Date.parse('2026-11-01T00:00:00Z');

let database: TestDatabase;
let rollups: Rollups;

beforeAll(async () => {
  database = await openTestDatabase();
  const { db } = database;
  await db
    .insertInto('pipelines')
    .values({ id: pipeline, pipeline_id: 'p', name: 'p', description: '', current_version: 1, created_by: null })
    .execute();
  await sql`insert into pipeline_versions (pipeline, number, definition) values (${pipeline}, 1, ${JSON.stringify(definition)}::jsonb)`.execute(
    db,
  );
  rollups = startRollups({ db, clock: systemPlatform.clock, duties: { isMine: async () => true }, logger: pino({ level: 'silent' }) });
});
afterAll(async () => {
  await rollups.close();
  await database.remove();
});

/** Executions number `from` to `to`, one every 15 minutes, each `number` ms long; every tenth failed. */
async function addExecutions(from: number, to: number): Promise<void> {
  await sql`
    insert into executions (id, pipeline, pipeline_version, status, execution_mode, priority, finished_at, processing_time_ms)
    select ('019abc00-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, ${pipeline}::uuid, 1,
      case when n % 10 = 0 then 'failed' else 'completed' end, 'direct_grpc', 1,
      ${new Date(start)}::timestamptz + n * interval '15 minutes', n
    from generate_series(${from}::int, ${to}::int) as n
  `.execute(database.db);
  await sql`
    insert into execution_events (execution_id, sequence, event)
    select ('019abc00-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, sequence, jsonb_build_object(
      'kind', case when sequence = 1 then 'step_retrying' when n % 10 = 0 then 'step_failed' else 'step_completed' end,
      'step_id', 'find', 'elapsed_ms', n, 'service_ms', n / 2.0, 'result', jsonb_build_object('output', jsonb_build_object('sizeBytes', 1000)))
    from generate_series(${from}::int, ${to}::int) as n, generate_series(1, 2) as sequence
  `.execute(database.db);
}

async function insight() {
  const since = new Date(start);
  const { db } = database;
  const [runs, steps] = await Promise.all([selectRunHours(db, pipeline, since), selectStepHours(db, pipeline, since)]);
  return analysePipeline(runs, steps, (hour) => hour, new Map());
}

test('every finished execution is in the sums once, also when several bring them in', async () => {
  await addExecutions(1, 200);
  const second = startRollups({
    db: database.db,
    clock: systemPlatform.clock,
    duties: { isMine: async () => true },
    logger: pino({ level: 'silent' }),
  });
  await Promise.all([rollups.catchUp(), second.catchUp(), rollups.catchUp()]);
  await second.close();
  const first = await insight();
  expect(first).toMatchObject({ completed: 180, failed: 20, times: { min: 1, max: 199, mean: 100 } });
  expect(first.steps).toMatchObject([
    { stepId: 'find', component: 'AIDetectionService.Detect', completed: 180, failed: 20, retried: 200, serviceMs: 50, outputBytes: 1_000 },
  ]);
  await rollups.catchUp();
  expect(await insight()).toEqual(first);
});

test('later ones are added to the same hours', async () => {
  await addExecutions(201, 203);
  await rollups.catchUp();
  const { completed, periods, times } = await insight();
  expect([completed, times.max]).toEqual([183, 203]);
  // Number 200 is the first of its hour.
  expect(periods.at(-1)).toMatchObject({ completed: 3, failed: 1, times: { min: 201 } });
  expect(times.p50).toBeGreaterThan(98);
  expect(times.p50).toBeLessThan(106);
});

test('one that has not finished waits', async () => {
  await sql`
    insert into executions (id, pipeline, pipeline_version, status, execution_mode, priority)
    values ('019abc00-0000-7000-9000-999999999999', ${pipeline}::uuid, 1, 'running', 'direct_grpc', 1)
  `.execute(database.db);
  const before = await insight();
  await rollups.catchUp();
  expect(await insight()).toEqual(before);
});
