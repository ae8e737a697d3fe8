/** kill -9 of the backend while executions run and wait: the next one completes them, and stores their outputs once. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyTestDatabase } from '@imageflow/adapters/database/testing';
import { openObjects } from '@imageflow/adapters/objects';
import type { ObjectStore } from '@imageflow/core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { adminPassword } from '../../testing/backend.ts';
import { type Lab, openLab, toPayload } from './lab.ts';

const program = fileURLToPath(new URL('../../main.ts', import.meta.url));

let folder: string;
let objects: ObjectStore;
let lab: Lab;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-takeover-'));
  await mkdir(join(folder, 'database'));
  await copyTestDatabase(join(folder, 'database'));
  objects = await openObjects(`folder:${folder}/objects`);
  lab = await openLab(objects);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  lab.close();
  await rm(folder, { recursive: true, force: true });
});

interface Client {
  readonly child: ChildProcess;
  ask(path: string, init?: RequestInit): Promise<{ status: number; body: unknown }>;
  /** Hears all of an execution from its beginning, until the connection ends. */
  follow(id: string, hear: (message: Message) => void): Promise<void>;
}

interface Message {
  readonly type: string;
  readonly sequence: number;
  readonly timestamp: string;
  readonly step?: string | null;
}

async function startBackend(): Promise<Client> {
  const env = {
    ...process.env,
    IMAGEFLOW_DATA_DIR: folder,
    IMAGEFLOW_PORT: '0',
    IMAGEFLOW_GRPC_PORT: '0',
    IMAGEFLOW_SERVICES: lab.setting,
    IMAGEFLOW_ADMIN_PASSWORD: adminPassword,
    IMAGEFLOW_CONCURRENCY: '2',
    IMAGEFLOW_LOG_LEVEL: 'info',
  };
  const child = fork(program, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  children.push(child);
  const [{ address }] = (await once(child, 'message')) as [{ address: string }];
  const login = await fetch(`${address}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: adminPassword }),
  });
  const { access_token } = (await login.json()) as { access_token: string };
  return {
    child,
    async ask(path, init = {}) {
      const headers = { authorization: `Bearer ${access_token}`, ...init.headers };
      const answer = await fetch(`${address}/api/v1${path}`, { ...init, headers });
      return { status: answer.status, body: await answer.json() };
    },
    async follow(id, hear) {
      const url = `${address.replace('http', 'ws')}/ws/execution/${id}?last_sequence=0`;
      const socket = new WebSocket(url, { headers: { authorization: `Bearer ${access_token}` } });
      socket.on('message', (bytes) => hear(JSON.parse(String(bytes)) as Message));
      socket.on('error', () => undefined);
      await once(socket, 'close');
    },
  };
}

const json = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

async function start(client: Client, parameters: object): Promise<string> {
  const form = await toPayload({ pipeline_id: 'survivor', parameters: JSON.stringify(parameters) });
  const answer = await client.ask('/executions', { method: 'POST', headers: form.headers, body: new Uint8Array(form.payload) });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return (answer.body as { execution_id: string }).execution_id;
}

test('accepted executions survive kill -9: all complete, no completed step runs again, each output is stored once', async () => {
  const first = await startBackend();
  const step = (step_id: string, depends_on: string[] = []) => ({ step_id, service: 'LabService', method: 'Make', depends_on });
  await first.ask('/pipelines', json({ pipeline_id: 'survivor', steps: [step('a'), step('b', ['a']), step('side')] }));
  const ids = [await start(first, { b: { sleep_ms: 1_000 } }), await start(first, { b: { sleep_ms: 1_000 } })];
  for (let index = 0; index < 5; index += 1) ids.push(await start(first, {}));
  await vi.waitFor(() => expect(lab.calls.filter((call) => call === 'b/1').length).toBe(2), { timeout: 10_000 });
  await vi.waitFor(() => expect(lab.calls.filter((call) => call === 'side/1').length).toBeGreaterThanOrEqual(2), { timeout: 10_000 });
  // Progress is gathered for 50 ms before it is written: what completed before that must not run again.
  await new Promise((resolve) => setTimeout(resolve, 200));
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const before = lab.calls.length;
  // As after a restore, which brings no images of what had not ended.
  await objects.delete(`executions/${ids[0]}/0/side.png`);

  const second = await startBackend();
  const executions = await vi.waitFor(
    async () => {
      const found = await Promise.all(ids.map(async (id) => (await second.ask(`/executions/${id}`)).body as Execution));
      for (const execution of found) expect(execution.status, JSON.stringify(execution.error)).toBe('completed');
      return found;
    },
    { timeout: 20_000, interval: 50 },
  );
  for (const execution of executions) {
    expect(execution.output_files.map((file) => file.step_id).sort()).toEqual(['b', 'side']);
    const keys: string[] = [];
    for await (const key of objects.list(`executions/${execution.execution_id}/`)) keys.push(key);
    expect(keys.length).toBe(3);
  }
  // Of the two that ran, only the interrupted step is repeated, and the one whose image is gone.
  const again = lab.calls.slice(before);
  expect(again.filter((call) => call === 'b/2').length).toBe(2);
  expect(again.filter((call) => call.startsWith('a/')).length).toBe(5);
  expect(again.filter((call) => call.startsWith('side/')).length).toBe(6);
  second.child.kill('SIGTERM');
  await once(second.child, 'exit');
}, 60_000);

test('what was told and lost with the engine takes no number from what happens afterwards', async () => {
  const first = await startBackend();
  const step = (step_id: string, depends_on: string[] = []) => ({ step_id, service: 'LabService', method: 'Make', depends_on });
  await first.ask('/pipelines', json({ pipeline_id: 'retold', steps: [step('a'), step('b', ['a'])] }));
  const form = await toPayload({ pipeline_id: 'retold', parameters: JSON.stringify({ b: { sleep_ms: 500 } }) });
  const { body } = await first.ask('/executions', { method: 'POST', headers: form.headers, body: new Uint8Array(form.payload) });
  const { execution_id: id } = body as { execution_id: string };
  const told = new Map<number, Message>();
  await first.follow(id, (message) => {
    if (message.type === 'snapshot') return;
    told.set(message.sequence, message);
    // Before it is written.
    if (message.step === 'b') first.child.kill('SIGKILL');
  });

  const second = await startBackend();
  const kept: Message[] = [];
  await second.follow(id, (message) => void (message.type === 'snapshot' || kept.push(message)));
  expect(kept.at(-1)?.type).toBe('completed');
  expect(kept.every(({ sequence }, at) => sequence > (kept[at - 1]?.sequence ?? 0))).toBe(true);
  for (const message of kept) {
    const before = told.get(message.sequence);
    if (before !== undefined) expect([message.step, message.timestamp]).toEqual([before.step, before.timestamp]);
  }
  second.child.kill('SIGTERM');
  await once(second.child, 'exit');
}, 60_000);

interface Execution {
  readonly execution_id: string;
  readonly status: string;
  readonly error: unknown;
  readonly output_files: readonly { readonly step_id: string }[];
}
