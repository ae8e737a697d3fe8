import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isWithout, type PostgresServer, startPostgres } from '../../../../../scripts/servers/index.ts';
import { describeDatabase } from '../database.contract.ts';
import { type Database, openDatabase } from '../index.ts';
import { openPostgres } from './open.ts';

describe.skipIf(isWithout('postgres'))('with a server', () => {
  let server: PostgresServer;
  let database: Database;
  beforeAll(async () => {
    server = await startPostgres();
    database = await openDatabase(server.url);
  });
  afterAll(async () => {
    await database?.close();
    await server?.remove();
  });

  describeDatabase('postgres', { database: () => database });

  it('brings the tables up to date once, however many open it at the same time', async () => {
    const other = await server.createDatabase('many');
    const all = await Promise.all(Array.from({ length: 4 }, () => openDatabase(other)));
    const { rows } = await sql`select name from kysely_migration`.execute(all[0]?.db ?? database.db);
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(rows.length);
    await Promise.all(all.map((each) => each.close()));
  });

  it('refuses a database of another encoding', async () => {
    await sql`create database latin encoding 'LATIN1' locale 'C' template template0`.execute(database.db);
    await expect(openDatabase(server.url.replace(/imageflow$/, 'latin'))).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      retryable: false,
    });
  });

  it('runs statements side by side', async () => {
    const slow = Promise.all([1, 2, 3].map(() => sql`select pg_sleep(0.3)`.execute(database.db)));
    const start = performance.now();
    await slow;
    expect(performance.now() - start).toBeLessThan(850);
  });

  it('says DATABASE_UNAVAILABLE for a statement that takes too long', async () => {
    const outcome = database.db.connection().execute(async (connection) => {
      await sql`set statement_timeout = 50`.execute(connection);
      try {
        await sql`select pg_sleep(5)`.execute(connection);
      } finally {
        await sql`reset statement_timeout`.execute(connection);
      }
    });
    await expect(outcome).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable: true });
  });

  it('says DATABASE_UNAVAILABLE while the server is away, and goes on by itself when it is back', async () => {
    const inside = database.db.transaction().execute(async (transaction) => {
      await sql`select 1`.execute(transaction);
      await server.kill();
      await sql`select 1`.execute(transaction);
    });
    await expect(inside).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await expect(database.check()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable: true });
    await server.start();
    await vi.waitFor(() => database.check(), { timeout: 10_000 });
  });

  it('loses nothing that was confirmed, and doubles nothing, when the server is restarted and killed under load', async () => {
    const { db } = database;
    let isOver = false;
    const confirmed: string[] = [];
    // As every writer of the platform does it: what got no answer is said again, under the same name.
    const store = async (key: string): Promise<void> => {
      const row = { key, value: '{}' };
      const insert = db.transaction().execute((transaction) =>
        transaction
          .insertInto('settings')
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      );
      await insert.catch(async (error: unknown) => {
        expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable: true });
        await delay(20);
        await store(key);
      });
    };
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let count = 0; !isOver; count += 1) {
        const key = `load-${writer}-${count}`;
        await store(key);
        confirmed.push(key);
      }
    });
    const untilMore = async (): Promise<void> => {
      const before = confirmed.length;
      await vi.waitFor(() => expect(confirmed.length).toBeGreaterThan(before + 50), { timeout: 15_000 });
    };
    await untilMore();
    await server.restart();
    await untilMore();
    await server.kill();
    await server.start();
    await untilMore();
    isOver = true;
    await Promise.all(writers);
    const rows = await db.selectFrom('settings').select('key').where('key', 'like', 'load-%').execute();
    expect(rows.map((row) => row.key).sort()).toEqual(confirmed.sort());
  });

  it('gives a connection up that gets no answer, and uses a new one', async () => {
    const impatient = await openPostgres(server.url, { statementMs: 300 });
    const pid = async () => (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(impatient.db)).rows[0]?.pid ?? 0;
    const stuck = await pid();
    try {
      process.kill(stuck, 'SIGSTOP');
      await expect(pid()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable: true });
      expect(await pid()).not.toBe(stuck);
    } finally {
      process.kill(stuck, 'SIGCONT');
      await impatient.close();
    }
  });
});

it('says DATABASE_UNAVAILABLE when nobody answers at the address', async () => {
  await expect(openDatabase('postgres://nobody@127.0.0.1:9/none')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
});
