import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '@imageflow/adapters/database';
import { copyTestDatabase } from '@imageflow/adapters/database/testing';
import { openObjects } from '@imageflow/adapters/objects';
import { type ObjectStore, parseDefinition } from '@imageflow/core';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Job } from '../../engine/job.ts';
import { finishExecution } from '../../engine/journal.queries.ts';
import { insertExecution } from './accept.queries.ts';
import { clean } from './retention.ts';

const definition = parseDefinition({ pipeline_id: 'kept', steps: [{ step_id: 'a', service: 'S', method: 'M' }] });
const runnerId = v7();
const pipeline = v7();
const hourMs = 3600_000;

let folder: string;
let database: Database;
let objects: ObjectStore;
let now = Date.now();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-retention-'));
  await mkdir(join(folder, 'database'));
  await copyTestDatabase(join(folder, 'database'));
  database = await openDatabase(`pglite:${folder}/database`);
  objects = await openObjects(`folder:${folder}/objects`);
  const facts = { pipeline_id: 'kept', name: 'kept', description: '', current_version: 1, created_by: null, deleted_at: null };
  await database.db
    .insertInto('pipelines')
    .values({ id: pipeline, ...facts })
    .execute();
  const version = { pipeline, number: 1, definition: JSON.stringify(definition), created_by: null };
  await database.db.insertInto('pipeline_versions').values(version).execute();
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const keyOf = (id: string, name: string): string => `executions/${id}/0/${name}`;

/** Ended now, with a lossless image of 10 bytes, an output, and an object that nobody knows of. */
async function addExecution(): Promise<string> {
  const id = v7();
  const job: Job = {
    id,
    pipeline,
    version: 1,
    definition,
    priority: 'normal',
    mode: 'direct_grpc',
    parameters: {},
    inputs: [],
    traceparent: undefined,
    createdBy: undefined,
    createdAt: now,
    rerunOf: undefined,
    cancelledBy: undefined,
    takeovers: 0,
    toldUpTo: 1,
    earlier: [{ kind: 'execution_accepted', sequence: 1, at: now }],
  };
  for (const name of ['a.ppm', 'a.png', 'stray.ppm']) {
    await objects.put(keyOf(id, name), Buffer.alloc(10), { contentType: 'image/x', maxBytes: 10, durable: false });
  }
  expect(await insertExecution(database.db, { job, runnerId, claim: undefined, uploads: [] })).toBe(true);
  const file = (kind: 'handover' | 'output', name: string) => ({
    id: v7(),
    kind,
    input: 0,
    stepId: 'a',
    filename: name,
    image: { key: keyOf(id, name), contentType: 'image/x', sizeBytes: 10, width: 1, height: 1 },
  });
  const isWritten = await finishExecution(database.db, {
    executionId: id,
    runnerId,
    status: 'completed',
    mode: 'direct_grpc',
    fault: undefined,
    startedAt: now,
    finishedAt: now,
    processingTimeMs: 0,
    events: [{ kind: 'execution_completed', sequence: 2, at: now }],
    files: [file('handover', 'a.ppm'), file('output', 'a.png')],
    createdBy: undefined,
  });
  expect(isWritten).toBe(true);
  return id;
}

async function left(id: string): Promise<string[]> {
  const names: string[] = [];
  for await (const key of objects.list(`executions/${id}/`)) names.push(key.split('/').at(-1) ?? '');
  return names.sort();
}

function run(settings: { outputDays?: number; handoverMaxBytes?: number }): Promise<number> {
  const clock = { now: () => now, after: () => () => undefined };
  const all = { outputDays: undefined, handoverHours: 24, handoverMaxBytes: 1_000, ...settings };
  return clean({ db: database.db, objects, clock, settings: all }, true, new AbortController().signal);
}

test('lossless images go by size, the oldest first, and by age; strays after an hour; outputs only when the operator wants it', async () => {
  const [older, newer] = [await addExecution(), await addExecution()];
  expect(await run({})).toBe(0);
  expect(await run({ handoverMaxBytes: 15 })).toBe(1);
  expect([await left(older), await left(newer)]).toEqual([
    ['a.png', 'stray.ppm'],
    ['a.png', 'a.ppm', 'stray.ppm'],
  ]);
  now += 2 * hourMs;
  expect(await run({})).toBe(2);
  expect(await left(newer)).toEqual(['a.png', 'a.ppm']);
  now += 24 * hourMs;
  expect(await run({})).toBe(1);
  expect(await left(newer)).toEqual(['a.png']);
  expect(await run({ outputDays: 2 })).toBe(0);
  expect(await run({ outputDays: 1 })).toBe(2);
  expect([await left(older), await left(newer)]).toEqual([[], []]);
});
