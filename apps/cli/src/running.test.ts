import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listOrphans, listRunning, recordOfThisProcess } from './running.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-running-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const facts = { address: 'http://localhost:1', data_dir: '/data', local_password: 'secret', children: [] };

test.skipIf(process.platform === 'win32')('only the user who started a platform can read how to get in', async () => {
  const record = recordOfThisProcess(folder);
  await record.write(facts);
  expect((await stat(join(folder, 'running', `${process.pid}.json`))).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'running'))).mode & 0o777).toBe(0o700);
  await record.remove();
});

test('a platform is listed while its starter lives', async () => {
  const record = recordOfThisProcess(folder);
  await record.write(facts);
  expect(await listRunning(folder)).toMatchObject([{ pid: process.pid, address: 'http://localhost:1' }]);
  await record.remove();
  expect(await listRunning(folder)).toEqual([]);
});

test('what a killed starter left is waited for, and forgotten when it has ended', async () => {
  const starter = spawn(process.execPath, ['-e', '0']);
  await once(starter, 'exit');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
  await mkdir(join(folder, 'running'), { recursive: true });
  const left = { pid: starter.pid, ...facts, children: [child.pid] };
  await writeFile(join(folder, 'running', `${starter.pid}.json`), JSON.stringify(left));
  expect(await listRunning(folder)).toEqual([]);
  expect(await listOrphans(folder, '/data')).toEqual([child.pid]);
  expect(await listOrphans(folder, '/elsewhere')).toEqual([]);
  child.kill();
  await once(child, 'exit');
  expect(await listOrphans(folder, '/data')).toEqual([]);
  expect(await readdir(join(folder, 'running'))).toEqual([]);
});

test('a record that cannot be read is none', async () => {
  await writeFile(join(folder, 'running', '1.json'), '{"pid":');
  expect(await listRunning(folder)).toEqual([]);
});
