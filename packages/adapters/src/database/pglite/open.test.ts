import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@imageflow/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeDatabase } from '../database.contract.ts';
import { openDatabase } from '../index.ts';
import { copyTestDatabase, openTestDatabase, scratchFolder, type TestDatabase } from '../testing.ts';
import { openPglite } from './open.ts';
import { tidyOne } from './upkeep.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.remove());

describeDatabase('pglite', { database: () => database });

describe('pglite', () => {
  it('refuses a folder that another handle has open, naming the process', async () => {
    const second = openDatabase(database.url);
    await expect(second).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable: false });
    await expect(second).rejects.toThrow(`PID ${process.pid}`);
    await database.check();
  });

  it('answers DATABASE_UNAVAILABLE after its end, and opens again with all data', async () => {
    const one = await openTestDatabase();
    await one.db.insertInto('settings').values({ key: 'kept', value: '{}' }).execute();
    await one.close();
    await expect(one.check()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    const again = await openDatabase(one.url);
    expect(await again.db.selectFrom('settings').select('key').execute()).toEqual([{ key: 'kept' }]);
    await again.close();
    await one.remove();
  });

  it('lets a transaction end before it closes', async () => {
    const one = await openTestDatabase();
    let close: Promise<void> | undefined;
    await one.db.transaction().execute(async (transaction) => {
      close = one.close();
      await transaction.insertInto('settings').values({ key: 'late', value: '{}' }).execute();
    });
    await close;
    const again = await openDatabase(one.url);
    expect(await again.db.selectFrom('settings').select('key').execute()).toEqual([{ key: 'late' }]);
    await again.close();
    await one.remove();
  });

  it('reaches the disk at each commit', async () => {
    const { rows } = await sql<{ name: string; setting: string }>`
      select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'wal_sync_method') order by name`.execute(
      database.db,
    );
    expect(rows.map((row) => `${row.name}=${row.setting}`)).toEqual(['fsync=on', 'synchronous_commit=on', 'wal_sync_method=fsync']);
  });

  it('gives the space of changed rows back, table by table', async () => {
    const one = await openTestDatabase();
    const size = async () =>
      (await sql<{ size: number }>`select pg_total_relation_size('settings') as size`.execute(one.db)).rows[0]?.size ?? 0;
    const change = () => sql`update settings set value = '{"a":1}'`.execute(one.db);
    await sql`insert into settings select 'k' || g, '{}' from generate_series(1, 5000) g`.execute(one.db);
    await change();
    // The engine reports what changed once a second at most.
    await sql`select pg_stat_force_next_flush()`.execute(one.db);
    const tidied: (string | undefined)[] = [];
    for (let name = await tidyOne(one.db); name !== undefined; name = await tidyOne(one.db)) tidied.push(name);
    expect(tidied).toContain('settings');
    const before = await size();
    await change();
    expect(await size()).toBeLessThan(before * 1.2);
    await one.remove();
  });

  it('refuses files of another version of PostgreSQL, saying what to do', async () => {
    const one = await openTestDatabase();
    await one.close();
    await writeFile(join(one.url.slice('pglite:'.length), 'cluster', 'PG_VERSION'), '17\n');
    await expect(openDatabase(one.url)).rejects.toThrow('PostgreSQL 17');
    await one.remove();
  });
});

describe('kill -9', () => {
  const folder = mkdtempSync(join(scratchFolder(), 'imageflow-killed-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Writes rows 0, 1, 2, …, and says each one after its commit. */
  const startWriter = (first: number): ChildProcess => {
    const program = `
      import { openDatabase } from ${JSON.stringify(join(import.meta.dirname, '../index.ts'))};
      const { db } = await openDatabase(${JSON.stringify(`pglite:${folder}`)});
      for (let i = ${first}; ; i += 1) {
        await db.transaction().execute((t) => t.insertInto('settings').values({ key: 'row' + i, value: '{}' }).execute());
        process.stdout.write(i + '\\n');
        await new Promise((go) => setImmediate(go));
      }`;
    return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  };

  it('loses nothing that was committed, and leaves no lock behind', async () => {
    await copyTestDatabase(folder);
    let last = -1;
    for (let round = 0; round < 3; round += 1) {
      const child = startWriter(last + 1000);
      const wanted = last + 1000 + 40 + round;
      child.stdout?.on('data', (chunk: Buffer) => {
        last = Number(chunk.toString().trim().split('\n').at(-1));
        if (last >= wanted) child.kill('SIGKILL');
      });
      await once(child, 'close');
    }
    const { db, close } = await openDatabase(`pglite:${folder}`);
    const rows = await db.selectFrom('settings').select('key').where('key', '=', `row${last}`).execute();
    expect(rows).toHaveLength(1);
    const { count } = await db.selectFrom('settings').select(db.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
    expect(count).toBeGreaterThanOrEqual(3 * 41);
    await close();
  }, 60_000);
});

describe('a full disk', () => {
  const mount = mkdtempSync(join(tmpdir(), 'imageflow-full-'));
  const canMount = process.getuid?.() === 0 && mountSmall(mount);
  afterAll(() => {
    if (canMount) execFileSync('umount', [mount]);
    rmSync(mount, { recursive: true, force: true });
  });

  const key = (name: string) => ({ key: name, value: '{}' });
  const fill = (leave: number): void => {
    const { bavail, bsize } = statfsSync(mount);
    writeFileSync(join(mount, 'ballast'), Buffer.alloc(bavail * bsize - leave));
  };

  it.skipIf(!canMount)(
    'refuses with STORE_FULL, hangs nobody, and goes on by itself when there is space, with all that was committed',
    async () => {
      await copyTestDatabase(mount);
      let now = Date.now();
      const database = await openPglite(mount, {}, () => now);
      const { db } = database;
      await db.insertInto('settings').values(key('before')).execute();
      fill(1_000_000);
      const grow = async (): Promise<void> => {
        for (let index = 0; ; index += 1) {
          const value = JSON.stringify({ noise: randomBytes(20_000).toString('hex') });
          await db
            .insertInto('settings')
            .values({ key: `big${index}`, value })
            .execute();
        }
      };
      await expect(grow()).rejects.toMatchObject({ code: 'STORE_FULL' });
      await database.check();
      // Its log needs a new file now, and there is no room: the engine stops.
      await sql`select pg_switch_wal()`.execute(db);
      const insert = (name: string) =>
        db.transaction().execute((transaction) => transaction.insertInto('settings').values(key(name)).execute());
      await expect(insert('lost')).rejects.toBeInstanceOf(AppError);
      await expect(insert('lost too')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable: true });
      rmSync(join(mount, 'ballast'));
      now += 5_000;
      await insert('after');
      const rows = await db.selectFrom('settings').select('key').where('key', 'not like', 'big%').orderBy('key').execute();
      expect(rows.map((row) => row.key)).toEqual(['after', 'before']);
      await database.close();
    },
  );
});

/** Needs root and Linux; where that is missing the test is shown as skipped. */
function mountSmall(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
