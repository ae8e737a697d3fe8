/** Starting, stopping and starting again. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { copyTestDatabase } from '@imageflow/adapters/database/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from './config.ts';
import { samplePipelines } from './rooms/pipelines/samples.ts';
import { createLogger } from './runtime/logging.ts';
import { type Backend, openBackend } from './wire.ts';

const main = join(import.meta.dirname, 'main.ts');
let dataDir: string;
let env: Record<string, string>;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'imageflow-start-'));
  await mkdir(join(dataDir, 'database'));
  await copyTestDatabase(join(dataDir, 'database'));
  env = { IMAGEFLOW_DATA_DIR: dataDir, IMAGEFLOW_PORT: '0', IMAGEFLOW_GRPC_PORT: '0', IMAGEFLOW_SERVICES: ',' };
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const open = (more: Record<string, string> = {}): Promise<Backend> => openBackend(parseConfig({ ...env, ...more }), createLogger('silent'));

async function login(backend: Backend, password: string) {
  return backend.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload: { username: 'admin', password } });
}

test('the first start makes an administrator whose password one can read once, and stores the samples; the second finds all of it', async () => {
  const file = join(dataDir, 'first-login.txt');
  const first = await open();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const password = /password: (\S+)/.exec(await readFile(file, 'utf8'))?.[1] ?? '';
  expect(password).toHaveLength(20);
  const answer = await login(first, password);
  expect(answer.statusCode).toBe(200);
  await expect(stat(file)).rejects.toThrow();
  const authorization = `Bearer ${answer.json().access_token}`;
  expect(
    (await first.app.inject({ method: 'DELETE', url: '/api/v1/pipelines/coco-detection', headers: { authorization } })).statusCode,
  ).toBe(204);
  await first.close();

  const second = await open();
  await expect(stat(file)).rejects.toThrow();
  // The same key still signs: the sign-in outlives the restart.
  const list = await second.app.inject({ url: '/api/v1/pipelines', headers: { authorization } });
  const ids = list.json().items.map((pipeline: { pipeline_id: string }) => pipeline.pipeline_id);
  const seeded = (samplePipelines as readonly { pipeline_id: string }[]).map((sample) => sample.pipeline_id);
  expect(ids.toSorted()).toEqual(seeded.filter((id) => id !== 'coco-detection').toSorted());
  await second.close();
});

test('a data folder that is in use is refused by name, and nothing stays open', async () => {
  const first = await open();
  await expect(open()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  await first.close();
  await (await open()).close();
});

describe('a stop', () => {
  test('lets requests in progress end, and refuses to be ready meanwhile', async () => {
    const backend = await open({ IMAGEFLOW_ADMIN_PASSWORD: '' });
    const address = new URL(await backend.app.listen({ host: '127.0.0.1', port: 0 }));
    const body = JSON.stringify({ username: 'nobody', password: 'x' });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const slow = request(new URL('/api/v1/auth/login', address), { method: 'POST', headers });
    const answered = once(slow, 'response');
    slow.write(body.slice(0, 5));
    await once(slow, 'socket');
    await fetch(new URL('/livez', address));
    const closing = backend.close();
    slow.end(body.slice(5));
    const [response] = await answered;
    expect(response.statusCode).toBe(401);
    response.resume();
    await closing;
    await expect(fetch(new URL('/livez', address))).rejects.toThrow();
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('of the program by %s is clean', async (signal) => {
    const program = spawn(process.execPath, [main], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    for await (const line of createInterface({ input: program.stdout })) {
      lines.push(line);
      if (line.includes('"event":"ready"')) program.kill(signal);
    }
    if (program.exitCode === null) await once(program, 'exit');
    expect(program.exitCode).toBe(0);
    expect(lines.at(-1)).toContain('"event":"stopped"');
  });

  test('never happens quietly when a setting is wrong: the program names it and ends with 1', async () => {
    const started = promisify(execFile)(process.execPath, [main], { env: { ...process.env, ...env, IMAGEFLOW_PORT: 'http' } });
    await expect(started).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('IMAGEFLOW_PORT') });
  });
});
