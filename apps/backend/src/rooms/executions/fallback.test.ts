/** What happens when the services cannot do it: the queue takes over, nothing is lost, what nobody can do is given up visibly. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openObjects } from '@imageflow/adapters/objects';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { openTestService } from '../../testing/service.ts';
import { type Lab, openLab, storePipeline, toPayload } from './lab.ts';

let folder: string;
let lab: Lab;
let backend: TestBackend;
let headers: { readonly authorization: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-objects-'));
  lab = await openLab(await openObjects(`folder:${folder}`));
  const env = { IMAGEFLOW_SERVICES: lab.setting, IMAGEFLOW_OBJECTS_URL: `folder:${folder}`, IMAGEFLOW_CONCURRENCY: '1' };
  backend = await openTestBackend({ env });
  headers = await backend.login('engineer');
});
afterAll(async () => {
  await backend.close();
  lab.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(pipeline_id: string, parameters: object = {}): Promise<string> {
  const form = await toPayload({ pipeline_id, parameters: JSON.stringify(parameters) });
  const answer = await backend.app.inject({
    method: 'POST',
    url: '/api/v1/executions',
    payload: form.payload,
    headers: { ...headers, ...form.headers },
  });
  expect(answer.statusCode, answer.body).toBe(202);
  return answer.json().execution_id;
}

async function get(id: string) {
  return (await backend.app.inject({ url: `/api/v1/executions/${id}`, headers })).json();
}

const ended = (id: string) =>
  vi.waitFor(
    async () => {
      const execution = await get(id);
      expect(['completed', 'failed', 'cancelled']).toContain(execution.status);
      return execution;
    },
    { timeout: 20_000, interval: 20 },
  );

test('a pipeline for the queue runs from the queue', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, [{ step_id: 'only' }], { execution_mode: 'kafka_queue' });
  expect(await ended(await start(pipeline_id))).toMatchObject({ status: 'completed', execution_mode: 'kafka_queue' });
});

test('a hybrid pipeline runs directly while there is room, else from the queue', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, [{ step_id: 'only' }], { execution_mode: 'hybrid' });
  const first = await start(pipeline_id, { sleep_ms: 300 });
  const second = await start(pipeline_id);
  expect(await ended(first)).toMatchObject({ status: 'completed', execution_mode: 'direct_grpc' });
  expect(await ended(second)).toMatchObject({ status: 'completed', execution_mode: 'kafka_queue' });
});

test('retries spent on a retryable fault hand it to the queue, and the client sees one execution', async () => {
  const pipeline_id = await storePipeline(backend.app, headers, [
    { step_id: 'first' },
    { step_id: 'second', depends_on: ['first'], retry_count: 1 },
  ]);
  let failures = 3;
  lab.judge = (step) => (step === 'second' && failures-- > 0 ? 'unavailable' : undefined);
  const execution = await ended(await start(pipeline_id));
  lab.judge = () => undefined;
  expect(execution).toMatchObject({ status: 'completed', execution_mode: 'kafka_fallback' });
  // What was done before the fallback is not done again.
  expect(execution.steps.map((step: { attempts: number }) => step.attempts)).toEqual([1, 2]);
  expect(execution.output_files.length).toBe(1);
});

test('with every instance gone it is still accepted, waits without failing, can be looked at and cancelled, and completes when they return', async () => {
  const gone = await openTestService('GoneService', [{ method: 'Do', parameters: { type: 'object' }, producesImage: false }]);
  const own = await openTestBackend({
    env: { IMAGEFLOW_SERVICES: `${lab.setting},${gone.setting}`, IMAGEFLOW_OBJECTS_URL: `folder:${folder}` },
  });
  try {
    const login = await own.login('engineer');
    const definition = { pipeline_id: 'needs-gone', steps: [{ step_id: 'do', service: 'GoneService', method: 'Do' }] };
    const stored = await own.app.inject({ method: 'POST', url: '/api/v1/pipelines', headers: login, payload: definition });
    expect(stored.statusCode, stored.body).toBe(201);
    gone.close();
    const send = async (): Promise<string> => {
      const form = await toPayload({ pipeline_id: 'needs-gone' });
      const request = { payload: form.payload, headers: { ...login, ...form.headers } };
      const answer = await own.app.inject({ method: 'POST', url: '/api/v1/executions', ...request });
      expect(answer.statusCode, answer.body).toBe(202);
      return answer.json().execution_id;
    };
    const look = async (id: string) => (await own.app.inject({ url: `/api/v1/executions/${id}`, headers: login })).json();
    const [kept, dropped] = [await send(), await send()];
    await vi.waitFor(async () => expect((await look(kept)).execution_mode).toBe('kafka_fallback'), { timeout: 10_000 });
    await vi.waitFor(async () => expect((await look(dropped)).status).toBe('pending'), { timeout: 10_000 });
    const cancelled = await own.app.inject({ method: 'POST', url: `/api/v1/executions/${dropped}/cancel`, headers: login });
    expect(cancelled.json().status).toBe('cancelled');
    const back = await openTestService(
      'GoneService',
      [{ method: 'Do', parameters: { type: 'object' }, producesImage: false }],
      undefined,
      gone.port,
    );
    await vi.waitFor(async () => expect(await look(kept)).toMatchObject({ status: 'completed', execution_mode: 'kafka_fallback' }), {
      timeout: 40_000,
      interval: 100,
    });
    back.close();
  } finally {
    await own.close();
  }
}, 60_000);
