/** Trying again: whole and partial re-runs, dead letters. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openObjects } from '@imageflow/adapters/objects';
import type { ObjectStore } from '@imageflow/core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTestClock, openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { type Lab, openLab, storePipeline, toPayload } from './lab.ts';

/** Pauses between rounds, and the time for which a breaker stays open, are jumped over. */
const clock = createTestClock();
let folder: string;
let objects: ObjectStore;
let lab: Lab;
let backend: TestBackend;
let headers: { readonly authorization: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-objects-'));
  objects = await openObjects(`folder:${folder}`);
  lab = await openLab(objects);
  const env = { IMAGEFLOW_SERVICES: lab.setting, IMAGEFLOW_OBJECTS_URL: `folder:${folder}` };
  backend = await openTestBackend({ env, platform: { clock } });
  headers = await backend.login('engineer');
});
afterAll(async () => {
  await backend.close();
  lab.close();
  await rm(folder, { recursive: true, force: true });
});

const post = (url: string, payload: object = {}) => backend.app.inject({ method: 'POST', url: `/api/v1${url}`, headers, payload });

async function start(pipeline_id: string, parameters: object = {}): Promise<string> {
  const form = await toPayload({ pipeline_id, parameters: JSON.stringify(parameters) });
  const request = { payload: form.payload, headers: { ...headers, ...form.headers } };
  const answer = await backend.app.inject({ method: 'POST', url: '/api/v1/executions', ...request });
  expect(answer.statusCode, answer.body).toBe(202);
  return answer.json().execution_id;
}

const ended = (id: string, skipMs = 0) =>
  vi.waitFor(
    async () => {
      clock.advance(skipMs);
      const execution = (await backend.app.inject({ url: `/api/v1/executions/${id}`, headers })).json();
      expect(['completed', 'failed', 'cancelled']).toContain(execution.status);
      return execution;
    },
    { timeout: 20_000, interval: skipMs > 0 ? 500 : 20 },
  );

const chain = [{ step_id: 'a' }, { step_id: 'b', depends_on: ['a'] }, { step_id: 'c', depends_on: ['b'] }];

test('a re-run uses the version and inputs of the old execution, also after the pipeline was changed', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, chain);
  const old = await ended(await start(pipeline_id, { a: { sleep_ms: 1 } }));
  const changed = { pipeline_id, steps: [{ step_id: 'other', service: 'LabService', method: 'Make' }] };
  const put = await backend.app.inject({
    method: 'PUT',
    url: `/api/v1/pipelines/${pipeline_id}`,
    headers: { ...headers, 'if-match': '"v1"' },
    payload: changed,
  });
  expect(put.statusCode, put.body).toBe(200);
  const answer = await post(`/executions/${old.execution_id}/rerun`);
  expect(answer.statusCode, answer.body).toBe(202);
  const again = await ended(answer.json().execution_id);
  expect(again).toMatchObject({ status: 'completed', pipeline_version: 1, rerun_of: old.execution_id, parameters: { a: { sleep_ms: 1 } } });
  expect(again.input_files).toEqual(old.input_files);
  expect(again.output_files.length).toBe(1);
});

test('a re-run from a step takes what came before from the old execution, and makes images anew that are gone', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, chain);
  const old = await ended(await start(pipeline_id));
  const before = lab.calls.length;
  const partial = await ended((await post(`/executions/${old.execution_id}/rerun`, { from_step: 'c' })).json().execution_id);
  expect(partial).toMatchObject({ status: 'completed', output_files: [{ step_id: 'c' }] });
  expect(lab.calls.slice(before)).toEqual(['c/1']);
  await objects.delete(`executions/${old.execution_id}/0/b.ppm`);
  const next = lab.calls.length;
  await ended((await post(`/executions/${old.execution_id}/rerun`, { from_step: 'c' })).json().execution_id);
  expect(lab.calls.slice(next)).toEqual(['b/1', 'c/1']);
  expect((await post(`/executions/${old.execution_id}/rerun`, { from_step: 'nobody' })).statusCode).toBe(400);
});

test('what fails in every round is given up as a dead letter, which a person tries again with success', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, [{ step_id: 'poison', retry_count: 0 }]);
  lab.judge = (step) => (step === 'poison' ? 'unavailable' : undefined);
  const execution = await ended(await start(pipeline_id), 31_000);
  expect(execution).toMatchObject({
    status: 'failed',
    execution_mode: 'kafka_fallback',
    error: { code: 'SERVICE_FAULT', step_id: 'poison' },
  });
  lab.judge = () => undefined;
  clock.advance(31_000);
  const list = async (query: string) => (await backend.app.inject({ url: `/api/v1/dead-letters${query}`, headers })).json().items;
  const [letter] = await vi.waitFor(async () => {
    const items = await list('?redriven=false');
    expect(items.length).toBe(1);
    return items;
  });
  expect(letter).toMatchObject({ topic: 'image-processing-requests', execution_id: execution.execution_id, redriven_at: null });
  expect(letter.reason).toContain('SERVICE_FAULT');
  const redriven = await post(`/dead-letters/${letter.id}/redrive`);
  expect(redriven.statusCode, redriven.body).toBe(200);
  expect(await ended(redriven.json().new_execution_id)).toMatchObject({ status: 'completed', rerun_of: execution.execution_id });
  expect((await post(`/dead-letters/${letter.id}/redrive`)).statusCode).toBe(409);
  expect(await list('?redriven=false')).toEqual([]);
  const gone = await backend.app.inject({ method: 'DELETE', url: `/api/v1/dead-letters/${letter.id}`, headers });
  expect([gone.statusCode, (await list('')).length]).toEqual([204, 0]);
}, 60_000);
