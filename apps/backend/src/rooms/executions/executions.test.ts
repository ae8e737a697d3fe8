import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openObjects } from '@imageflow/adapters/objects';
import type { ObjectStore } from '@imageflow/core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { type Lab, openLab, storePipeline, toPayload } from './lab.ts';

let folder: string;
let objects: ObjectStore;
let lab: Lab;
let backend: TestBackend;
let headers: { readonly authorization: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-objects-'));
  objects = await openObjects(`folder:${folder}`);
  lab = await openLab(objects);
  const env = {
    IMAGEFLOW_SERVICES: lab.setting,
    IMAGEFLOW_OBJECTS_URL: `folder:${folder}`,
    IMAGEFLOW_CONCURRENCY: '2',
    IMAGEFLOW_QUEUE_LIMIT: '4',
  };
  backend = await openTestBackend({ env });
  headers = await backend.login('engineer');
});
afterAll(async () => {
  await backend.close();
  lab.close();
  await rm(folder, { recursive: true, force: true });
});

const chain = [{ step_id: 'a' }, { step_id: 'b', method: 'Look', depends_on: ['a'] }, { step_id: 'c', depends_on: ['b'] }] as const;

async function send(fields: Record<string, string>, images?: readonly (readonly [string, Uint8Array])[], more: object = {}) {
  const form = await toPayload(fields, images);
  return backend.app.inject({
    method: 'POST',
    url: '/api/v1/executions',
    payload: form.payload,
    headers: { ...headers, ...form.headers, ...more },
  });
}

async function start(fields: Record<string, string>): Promise<string> {
  const answer = await send(fields);
  expect(answer.statusCode, answer.body).toBe(202);
  return answer.json().execution_id;
}

async function get(id: string) {
  const answer = await backend.app.inject({ url: `/api/v1/executions/${id}`, headers });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}

async function ended(id: string) {
  return vi.waitFor(
    async () => {
      const execution = await get(id);
      expect(['completed', 'failed', 'cancelled']).toContain(execution.status);
      return execution;
    },
    { timeout: 10_000, interval: 10 },
  );
}

async function keysOf(id: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of objects.list(`executions/${id}/`)) keys.push(key);
  return keys.sort();
}

test('an image goes in, the steps run, the outputs are stored and can be downloaded', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, chain);
  const answer = await send({ pipeline_id, priority: 'high', parameters: '{"a":{"sleep_ms":1}}' });
  expect(answer.statusCode, answer.body).toBe(202);
  expect(answer.json()).toMatchObject({ status: 'pending', execution_mode: 'direct_grpc', pipeline_id, pipeline_version: 1 });
  expect(answer.headers.location).toBe(`/api/v1/executions/${answer.json().execution_id}`);

  const execution = await ended(answer.json().execution_id);
  expect(execution).toMatchObject({ status: 'completed', priority: 'high', error: null, progress: { percentage: 100 } });
  expect(execution.steps.map((step: { status: string; attempts: number }) => [step.status, step.attempts])).toEqual([
    ['completed', 1],
    ['completed', 1],
    ['completed', 1],
  ]);
  expect(execution.steps[0]).toMatchObject({
    component: 'LabService.Make',
    parameters: { sleep_ms: 1 },
    output_file_id: null,
    measures: { seen: 1 },
  });
  expect(execution.output_files).toMatchObject([{ filename: 'photo_c.png', step_id: 'c', input: 0, content_type: 'image/png' }]);
  const [output] = execution.output_files;
  const download = await backend.app.inject({ url: output.download_url, headers });
  expect([download.statusCode, download.body]).toEqual([200, 'made by c']);
  expect(await keysOf(execution.execution_id)).toEqual([
    `executions/${execution.execution_id}/0/a.ppm`,
    `executions/${execution.execution_id}/0/c.png`,
  ]);
});

test('several images are several runs of the pipeline in one execution', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, chain);
  const { tinyPng } = await import('./lab.ts');
  const answer = await send({ pipeline_id }, [
    ['one.png', tinyPng],
    ['two.png', tinyPng],
    ['three.png', tinyPng],
  ]);
  const execution = await ended(answer.json().execution_id);
  expect(execution.status).toBe('completed');
  expect(execution.input_files.map((file: { filename: string }) => file.filename)).toEqual(['one.png', 'two.png', 'three.png']);
  expect(execution.output_files.map((file: { filename: string }) => file.filename)).toEqual(['one_c.png', 'two_c.png', 'three_c.png']);
});

test('stored files can be used again by their ids', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, chain);
  const first = await ended(await start({ pipeline_id }));
  const answer = await send({ pipeline_id, input_file_ids: first.input_files[0].file_id }, []);
  expect(answer.statusCode, answer.body).toBe(202);
  expect((await ended(answer.json().execution_id)).status).toBe('completed');
});

test.each([
  ['no pipeline', {}, 400, 'pipeline_id'],
  ['an unknown field', { pipeline_id: 'x', colour: 'red' }, 400, 'colour'],
  ['parameters that are no object', { pipeline_id: 'x', parameters: '[1]' }, 400, 'parameters'],
  ['a priority that does not exist', { pipeline_id: 'x', priority: 'urgent' }, 400, 'priority'],
  ['an id that is none', { pipeline_id: 'x', input_file_ids: 'abc' }, 400, 'input_file_ids'],
  ['a pipeline that does not exist', { pipeline_id: 'nobody' }, 404, undefined],
])('%s is refused, and nothing of it is stored', async (_name, fields, status, field) => {
  const before: string[] = [];
  for await (const key of objects.list('uploads/')) before.push(key);
  const answer = await send(fields as Record<string, string>);
  expect(answer.statusCode, answer.body).toBe(status);
  expect(answer.json().validation_errors?.[0]?.field).toBe(field);
  const after: string[] = [];
  for await (const key of objects.list('uploads/')) after.push(key);
  expect(after).toEqual(before);
});

test('a wrong parameter is refused with its step named, an image that is none with 415', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, chain);
  const wrong = await send({ pipeline_id, parameters: '{"b":{"sleep_ms":"long"}}' });
  expect([wrong.statusCode, wrong.json().validation_errors[0].field]).toEqual([400, 'parameters.b.sleep_ms']);
  const unknown = await send({ pipeline_id, parameters: '{"speed":1}' });
  expect([unknown.statusCode, unknown.json().validation_errors[0].field]).toEqual([400, 'parameters.speed']);
  const text = await send({ pipeline_id }, [['photo.png', Buffer.from('<html></html>')]]);
  expect(text.statusCode).toBe(415);
});

test('the same idempotency key and content get the same answer, other content 422', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, chain);
  const key = { 'idempotency-key': 'order-1' };
  const [one, two] = await Promise.all([send({ pipeline_id }, undefined, key), send({ pipeline_id }, undefined, key)]);
  expect([one.statusCode, two.statusCode]).toEqual([202, 202]);
  expect(two.json()).toEqual(one.json());
  await ended(one.json().execution_id);
  expect((await send({ pipeline_id }, undefined, key)).json()).toEqual(one.json());
  expect((await send({ pipeline_id, priority: 'low' }, undefined, key)).statusCode).toBe(422);
  const list = await backend.app.inject({ url: `/api/v1/executions?pipeline_id=${pipeline_id}`, headers });
  expect(list.json().items.length).toBe(1);
});

test('a retryable fault is tried again, a broken image is not', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, [{ step_id: 'only', retry_count: 2 }]);
  const tried = await ended(await start({ pipeline_id, parameters: '{"failures":2}' }));
  expect(tried).toMatchObject({ status: 'completed', steps: [{ attempts: 3 }] });
  const broken = await ended(await start({ pipeline_id, parameters: '{"failures":1,"fault":"broken"}' }));
  expect(broken).toMatchObject({
    status: 'failed',
    steps: [{ attempts: 1, status: 'failed' }],
    error: { code: 'IMAGE_BROKEN', step_id: 'only' },
  });
});

test('a step past its time-out has failed within a second, and its call is stopped', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, [{ step_id: 'slow', timeout_ms: 200, retry_count: 0 }]);
  const execution = await ended(await start({ pipeline_id, parameters: '{"sleep_ms":20000}' }));
  expect(execution).toMatchObject({ status: 'failed', error: { code: 'STEP_TIMEOUT' } });
  expect(execution.steps[0].processing_time_ms).toBeLessThan(1_200);
  await vi.waitFor(() => expect(lab.stopped).toContain('slow/1'));
});

test('cancel stops the running call, lets no further step begin, is repeatable, and is 409 after another end', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, [{ step_id: 'long' }, { step_id: 'after', depends_on: ['long'] }]);
  const id = await start({ pipeline_id, parameters: '{"long":{"sleep_ms":20000}}' });
  await vi.waitFor(() => expect(lab.calls).toContain('long/1'));
  const cancel = (target: string) => backend.app.inject({ method: 'POST', url: `/api/v1/executions/${target}/cancel`, headers });
  const first = await cancel(id);
  expect([first.statusCode, first.json().status]).toEqual([200, 'cancelled']);
  expect((await cancel(id)).statusCode).toBe(200);
  await vi.waitFor(() => expect(lab.stopped).toContain('long/1'));
  expect(lab.calls.filter((call) => call.startsWith('after/'))).toEqual([]);
  expect((await get(id)).steps.map((step: { status: string }) => step.status)).toEqual(['cancelled', 'skipped']);

  const done = await ended(await start({ pipeline_id }));
  expect((await cancel(done.execution_id)).statusCode).toBe(409);
  expect((await cancel('0199b1a0-0000-7000-8000-000000000000')).statusCode).toBe(404);
});

test('what waits runs by priority, the queue is bounded, and what waits can be cancelled', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, [{ step_id: 'turn' }]);
  const hold = '{"sleep_ms":60000}';
  const cancel = (id: string) => backend.app.inject({ method: 'POST', url: `/api/v1/executions/${id}/cancel`, headers });
  const running = [await start({ pipeline_id, parameters: hold }), await start({ pipeline_id, parameters: hold })];
  const low = await start({ pipeline_id, priority: 'low' });
  const normal = await start({ pipeline_id });
  const high = await start({ pipeline_id, priority: 'high' });
  const dropped = await start({ pipeline_id, priority: 'high' });
  const refused = await send({ pipeline_id });
  expect([refused.statusCode, refused.json().code]).toEqual([429, 'QUEUE_FULL']);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await get(low)).queue_position).toBe(3);
  expect((await cancel(dropped)).json()).toMatchObject({ status: 'cancelled', steps: [{ status: 'skipped', attempts: 0 }] });
  for (const id of running) await cancel(id);
  const waited = await Promise.all([low, normal, high].map(ended));
  const begun = waited.map((execution) => execution.started_at);
  expect([...begun].sort()).toEqual([begun[2], begun[1], begun[0]]);
});

test('outputs of a failed execution are removed when the pipeline says so', async () => {
  const steps = [{ step_id: 'first' }, { step_id: 'second', depends_on: ['first'], parameters: { failures: 9, fault: 'broken' } }];
  const kept = await storePipeline(backend.app, headers, steps);
  const failed = await ended(await start({ pipeline_id: kept }));
  expect(await keysOf(failed.execution_id)).toEqual([`executions/${failed.execution_id}/0/first.ppm`]);
  const rolled = await storePipeline(backend.app, headers, steps, { error_handling: { rollback_enabled: true } });
  const gone = await ended(await start({ pipeline_id: rolled }));
  await vi.waitFor(async () => expect(await keysOf(gone.execution_id)).toEqual([]));
  expect(gone.steps[0]).toMatchObject({ status: 'completed', image_file_id: null });
});

test('with "continue" an independent branch finishes and its output stays', async () => {
  const steps = [
    { step_id: 'good' },
    { step_id: 'bad', parameters: { failures: 9, fault: 'broken' } },
    { step_id: 'never', depends_on: ['bad'] },
  ];
  const pipeline_id = await storePipeline(backend.app, headers, steps, { error_handling: { strategy: 'continue' } });
  const execution = await ended(await start({ pipeline_id }));
  expect(execution).toMatchObject({ status: 'failed', error: { step_id: 'bad' }, output_files: [{ step_id: 'good' }] });
  expect(execution.steps.map((step: { status: string }) => step.status)).toEqual(['completed', 'failed', 'skipped']);
});

test('lists are filtered and paged', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, [{ step_id: 'only' }]);
  const ids: string[] = [];
  for (let index = 0; index < 3; index += 1) ids.push((await ended(await start({ pipeline_id }))).execution_id);
  const url = `/api/v1/executions?pipeline_id=${pipeline_id}&limit=2`;
  const first = (await backend.app.inject({ url, headers })).json();
  expect(first.items.map((item: { execution_id: string }) => item.execution_id)).toEqual([ids[2], ids[1]]);
  const second = (await backend.app.inject({ url: `${url}&cursor=${first.next_cursor}`, headers })).json();
  expect(second).toMatchObject({ items: [{ execution_id: ids[0], input_count: 1, status: 'completed' }], next_cursor: null });
  expect((await backend.app.inject({ url: `${url}&status=failed`, headers })).json().items).toEqual([]);
  const future = encodeURIComponent('2100-01-01T00:00:00+09:00');
  expect((await backend.app.inject({ url: `${url}&created_from=${future}`, headers })).json().items).toEqual([]);
});

test('run and wait answers the results; a failure is a problem document with its own error member', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, [{ step_id: 'only' }]);
  const file_id = (await ended(await start({ pipeline_id }))).input_files[0].file_id;
  const execute = (parameters: object) =>
    backend.app.inject({
      method: 'POST',
      url: `/api/v1/pipelines/${pipeline_id}/execute`,
      headers,
      payload: { input_data: { file_id, parameters } },
    });
  const done = await execute({ sleep_ms: 1 });
  expect(done.statusCode, done.body).toBe(200);
  expect(done.json()).toMatchObject({ success: true, status: 'completed', results: { only: { status: 'completed' } } });
  const failed = await execute({ failures: 9, fault: 'broken' });
  expect(failed.statusCode).toBe(422);
  expect(failed.json()).toMatchObject({ code: 'IMAGE_BROKEN', error: { type: 'pipeline_execution_error', pipeline_id } });
});

test('an inspector may run and a viewer may not', async () => {
  const form = await toPayload({ pipeline_id: 'x' });
  const viewer = await backend.login('viewer');
  const answer = await backend.app.inject({
    method: 'POST',
    url: '/api/v1/executions',
    payload: form.payload,
    headers: { ...viewer, ...form.headers },
  });
  expect(answer.statusCode).toBe(403);
});
