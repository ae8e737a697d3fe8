/** The servers' own promises: they start, stand still, die and come back with their data; what the command starts, it finds again and ends. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from './postgres.ts';
import { isAlive } from './processes.ts';
import { isWithout, parseWanted } from './wanted.ts';

describe('which tests run on real servers', () => {
  test.each([
    [{}, 'auto'],
    [{ CI: 'true' }, 'required'],
    [{ CI: 'false' }, 'auto'],
    [{ CI: 'true', IMAGEFLOW_TEST_SERVERS: 'off' }, 'off'],
    [{ IMAGEFLOW_TEST_SERVERS: 'required' }, 'required'],
  ])('with %o: %s', (env, wanted) => {
    expect(parseWanted(env)).toBe(wanted);
  });

  test('is not guessed from a word that is none', () => {
    expect(() => parseWanted({ IMAGEFLOW_TEST_SERVERS: 'yes' })).toThrow('required, auto or off');
  });
});

async function ask(url: string, text: string): Promise<unknown> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 300 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(text)).rows[0];
  } finally {
    void client.end();
  }
}

describe.skipIf(isWithout('postgres'))('a server', () => {
  let server: PostgresServer | undefined;
  afterAll(() => server?.remove());

  test('comes back with its data and its port after a stop, and after kill -9', async () => {
    server = await startPostgres({ isDurable: false });
    await ask(server.url, 'create table kept as select 1 as number');
    for (const end of ['stop', 'kill'] as const) {
      const { pid } = server;
      await server[end]();
      expect([isAlive(pid), server.isUp()]).toEqual([false, false]);
      await expect(ask(server.url, 'select 1')).rejects.toThrow();
      await server.start();
      expect(await ask(server.url, 'select number from kept')).toEqual({ number: 1 });
    }
  });

  test('stands still with all its children, and goes on', async () => {
    server ??= await startPostgres({ isDurable: false });
    server.pause();
    await expect(ask(server.url, 'select 1')).rejects.toThrow();
    server.resume();
    expect(await ask(server.url, 'select 1 as number')).toEqual({ number: 1 });
  });

  test('that cannot start says why, and leaves nothing', async () => {
    await expect(startPostgres({ settings: ['shared_buffers=nonsense'] })).rejects.toThrow('invalid value for parameter "shared_buffers"');
  });
});

describe.skipIf(isWithout('postgres'))('the command', () => {
  test('starts a server once, shows it, and ends it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'imageflow-servers-'));
    const run = async (...args: string[]): Promise<string> => {
      const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args, '--data', folder]);
      return stdout;
    };
    try {
      const settings = await run('start', 'postgres');
      const url = /^export IMAGEFLOW_DATABASE_URL='(postgres:.*)'\n$/.exec(settings)?.[1] ?? '';
      expect(await ask(url, 'select current_database() as name')).toEqual({ name: 'imageflow' });
      expect(await run('start', 'postgres')).toBe(settings);
      const [{ pid }] = JSON.parse(await run('status', 'postgres', '--json'));
      await run('stop');
      expect(isAlive(pid)).toBe(false);
      expect(await run('status', 'postgres')).toMatch(/^postgres {3}stopped/);
    } finally {
      await run('stop');
      await rm(folder, { recursive: true, force: true });
    }
  });
});
