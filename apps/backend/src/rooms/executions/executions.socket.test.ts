import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openObjects } from '@imageflow/adapters/objects';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { type Lab, openLab, storePipeline, toPayload } from './lab.ts';

interface Message {
  readonly type: string;
  readonly sequence: number;
  readonly [name: string]: unknown;
}

let folder: string;
let lab: Lab;
let backend: TestBackend;
let headers: { readonly authorization: string };
let address: string;
let pipeline_id: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-objects-'));
  lab = await openLab(await openObjects(`folder:${folder}`));
  backend = await openTestBackend({ env: { IMAGEFLOW_SERVICES: lab.setting, IMAGEFLOW_OBJECTS_URL: `folder:${folder}` } });
  headers = await backend.login('engineer');
  address = (await backend.listen()).replace('http', 'ws');
  pipeline_id = await storePipeline(backend.app, headers, [{ step_id: 'a' }, { step_id: 'b', depends_on: ['a'] }]);
});
afterAll(async () => {
  await backend.close();
  lab.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(parameters: object): Promise<string> {
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

function follow(id: string, query = ''): { readonly messages: Message[]; readonly socket: WebSocket; readonly closed: Promise<number> } {
  const socket = new WebSocket(`${address}/ws/execution/${id}${query}`, { headers });
  const messages: Message[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  const closed = once(socket, 'close').then(([code]) => code as number);
  return { messages, socket, closed };
}

test('a client gets a snapshot, every message once and in order, the completed one last', async () => {
  const id = await start({ sleep_ms: 150 });
  const { messages, closed } = follow(id);
  expect(await closed).toBe(1000);
  const [snapshot, ...rest] = messages;
  expect(snapshot).toMatchObject({ type: 'snapshot', execution_id: id, execution: { execution_id: id, pipeline_id } });
  expect(rest.map((message) => message.sequence)).toEqual(rest.map((_, index) => (snapshot?.sequence ?? 0) + 1 + index));
  const progress = rest.filter((message) => message.type === 'progress').map((message) => message.progress);
  expect(progress).toEqual([...progress].sort((a, b) => Number(a) - Number(b)));
  const running = rest.find((message) => message.step === 'b');
  expect(running).toMatchObject({
    type: 'progress',
    execution_id: id,
    step: 'b',
    progress: 50,
    status: 'processing',
    timestamp: expect.stringMatching(/Z$/),
    data: { current_component: 'Lab Service', elapsed_time_ms: expect.any(Number), estimated_remaining_ms: expect.any(Number) },
  });
  expect(rest.at(-1)).toMatchObject({
    type: 'completed',
    execution_id: id,
    total_time_ms: expect.any(Number),
    output_files: [{ filename: 'photo_b.png', download_url: expect.stringMatching(/^\/api\/v1\/files\/.*\/download$/) }],
  });
});

test('who comes back with the last sequence gets what was missed, also long after the end', async () => {
  const id = await start({});
  const whole = follow(id, '?last_sequence=0');
  await whole.closed;
  const all = whole.messages.slice(1);
  expect(all.map((message) => message.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const late = follow(id, '?last_sequence=4');
  expect(await late.closed).toBe(1000);
  const expected = all
    .filter((message) => message.sequence > 4)
    .map(({ sequence, type, step, status }) => ({ sequence, type, step, status }));
  expect(late.messages.slice(1).map(({ sequence, type, step, status }) => ({ sequence, type, step, status }))).toEqual(expected);
  const after = follow(id, '?last_sequence=7');
  await after.closed;
  expect(after.messages.map((message) => message.type)).toEqual(['snapshot', 'completed']);
  const plain = follow(id);
  await plain.closed;
  expect(plain.messages.map((message) => message.type)).toEqual(['snapshot', 'completed']);
});

test('a failure and a cancellation end with an error message', async () => {
  const failing = follow(await start({ failures: 9, fault: 'broken' }));
  await failing.closed;
  expect(failing.messages.at(-1)).toMatchObject({ type: 'error', error: { code: 'IMAGE_BROKEN', message: expect.any(String) } });
  const id = await start({ sleep_ms: 20_000 });
  const cancelled = follow(id);
  await vi.waitFor(() => expect(cancelled.messages.length).toBeGreaterThan(0));
  await backend.app.inject({ method: 'POST', url: `/api/v1/executions/${id}/cancel`, headers });
  await cancelled.closed;
  expect(cancelled.messages.at(-1)).toMatchObject({ type: 'error', error: { code: 'CANCELLED' } });
});

test('an execution that does not exist is told so and closed', async () => {
  const { messages, closed } = follow('0199b1a0-0000-7000-8000-000000000000');
  expect(await closed).toBe(1008);
  expect(messages).toMatchObject([{ type: 'error', error: { code: 'NOT_FOUND' } }]);
});
