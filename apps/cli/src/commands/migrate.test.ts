import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchFolder } from '@imageflow/adapters/database/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConfig } from '../config.ts';
import { migrate } from './migrate.ts';
import { worker } from './worker.ts';

let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(scratchFolder(), 'imageflow-migrate-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

async function run(options: { readonly check?: true }): Promise<{ readonly pending: readonly string[]; readonly made: readonly string[] }> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await migrate({ ...options, json: true, dataDir }, readConfig([], {}));
    return JSON.parse(String(log.mock.calls[0]?.[0]));
  } finally {
    log.mockRestore();
  }
}

test('--check names what is pending and changes nothing, the command makes it, and then nothing is pending', async () => {
  const before = await run({ check: true });
  expect(process.exitCode).toBe(1);
  process.exitCode = 0;
  expect(before.pending.length).toBeGreaterThan(4);
  expect((await run({})).made).toEqual(before.pending);
  expect(await run({ check: true })).toMatchObject({ pending: [], made: [] });
  expect(process.exitCode).toBe(0);
  // A new database takes two seconds, and many times that on a machine that is busy.
}, 120_000);

test('a worker on the embedded database is refused with the setting that is missing', async () => {
  vi.stubEnv('IMAGEFLOW_DATABASE_URL', '');
  vi.stubEnv('NODE_ENV', 'production');
  await expect(worker({ port: '0' }, readConfig([], {}))).rejects.toThrow('IMAGEFLOW_DATABASE_URL: A worker shares PostgreSQL');
  vi.unstubAllEnvs();
});
