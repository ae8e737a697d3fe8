/** What every database engine promises beyond SQL. Each adapter's test runs it. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Database } from './index.ts';

export interface DatabaseUnderTest {
  /** The same handle each time: its tests leave it usable. */
  database(): Database;
}

const id = (last: number): string => `01890000-0000-7000-8000-${String(last).padStart(12, '0')}`;

export function describeDatabase(name: string, under: DatabaseUnderTest): void {
  describe(`database: ${name}`, () => {
    it('gives numbers, times and documents back as they were stored', async () => {
      const { db } = under.database();
      const at = new Date('2026-11-25T01:02:03.456Z');
      const row = { id: id(1), kind: 'upload', object_key: 'uploads/1', filename: '検査 1.jpg', content_type: 'image/jpeg' } as const;
      const facts = { size_bytes: 3_000_000_000, width: 4000, height: 3000, sha256: null, execution_id: null, input: null, step_id: null };
      await db
        .insertInto('files')
        .values({ ...row, ...facts, created_by: null, created_at: at })
        .execute();
      const stored = await db.selectFrom('files').selectAll().where('id', '=', id(1)).executeTakeFirstOrThrow();
      expect(stored).toEqual({ ...row, ...facts, created_by: null, created_at: at });
      await db
        .insertInto('settings')
        .values({ key: 'contract', value: JSON.stringify({ 名: [1, null, { a: 'b' }] }) })
        .execute();
      const { value } = await db.selectFrom('settings').select('value').where('key', '=', 'contract').executeTakeFirstOrThrow();
      expect(value).toEqual({ 名: [1, null, { a: 'b' }] });
    });

    it('keeps all of a transaction or nothing, and other statements out of it', async () => {
      const { db } = under.database();
      const key = (text: string) => ({ key: `tx-${text}`, value: '{}' });
      const failing = db.transaction().execute(async (transaction) => {
        await transaction.insertInto('settings').values(key('lost')).execute();
        throw new Error('changed its mind');
      });
      const beside = db.insertInto('settings').values(key('beside')).execute();
      const second = db.transaction().execute((transaction) => transaction.insertInto('settings').values(key('second')).execute());
      await expect(failing).rejects.toThrow('changed its mind');
      await Promise.all([beside, second]);
      const rows = await db.selectFrom('settings').select('key').where('key', 'like', 'tx-%').orderBy('key').execute();
      expect(rows.map((row) => row.key)).toEqual(['tx-beside', 'tx-second']);
    });

    it('rolls back to a savepoint', async () => {
      const { db } = under.database();
      const transaction = await db.startTransaction().execute();
      await transaction.insertInto('settings').values({ key: 'save-kept', value: '{}' }).execute();
      const saved = await transaction.savepoint('before').execute();
      await saved.insertInto('settings').values({ key: 'save-lost', value: '{}' }).execute();
      await saved.rollbackToSavepoint('before').execute();
      await transaction.commit().execute();
      const rows = await db.selectFrom('settings').select('key').where('key', 'like', 'save-%').execute();
      expect(rows).toEqual([{ key: 'save-kept' }]);
    });

    it('names the state of a statement it refuses, and works on', async () => {
      const database = under.database();
      const insert = () => database.db.insertInto('settings').values({ key: 'twice', value: '{}' }).execute();
      await insert();
      await expect(insert()).rejects.toMatchObject({ code: '23505' });
      const inside = database.db.transaction().execute(async (transaction) => {
        await sql`select 1 / 0`.execute(transaction);
      });
      await expect(inside).rejects.toMatchObject({ code: '22012' });
      await database.check();
    });

    it('takes lists, texts with quotes and nothing as parameters, the first time and every other time', async () => {
      const { db } = under.database();
      const odd = ['a,b', '"quoted"', 'back\\slash', '', 'null', '{}', '検査'];
      for (let time = 0; time < 4; time += 1) {
        const { rows } = await sql<{ list: string[]; nothing: null; yes: boolean; many: number; at: Date }>`
          select ${odd}::text[] as list, ${null}::text as nothing, ${true}::boolean as yes, ${9_007_199_254_740_991}::bigint as many,
                 ${new Date(1_000_000_000_123 + time)}::timestamptz as at`.execute(db);
        const at = new Date(1_000_000_000_123 + time);
        expect(rows).toEqual([{ list: odd, nothing: null, yes: true, many: 9_007_199_254_740_991, at }]);
      }
    });

    it('goes on after a statement that fails again and again', async () => {
      const { db } = under.database();
      const divide = (by: number) => sql<{ result: number }>`select 10 / ${by}::int as result`.execute(db);
      for (let time = 0; time < 4; time += 1) {
        await expect(divide(0)).rejects.toMatchObject({ code: '22012' });
        expect((await divide(5)).rows).toEqual([{ result: 2 }]);
      }
      const nonsense = () => sql`select from nowhere at all`.execute(db);
      for (let time = 0; time < 3; time += 1) await expect(nonsense()).rejects.toMatchObject({ code: '42601' });
    });

    it('forgets old queries and still answers them', async () => {
      const { db } = under.database();
      const ask = async (number: number) => (await sql.raw<{ n: number }>(`select ${number} as n`).execute(db)).rows[0]?.n;
      for (let time = 0; time < 3; time += 1) {
        for (let number = 0; number < 450; number += 1) {
          await ask(number);
          if (number % 3 === 0) expect(await ask(number)).toBe(number);
        }
      }
    });

    it('counts the rows a statement changed', async () => {
      const { db } = under.database();
      for (const key of ['count-1', 'count-2']) await db.insertInto('settings').values({ key, value: '{}' }).execute();
      const { numDeletedRows } = await db.deleteFrom('settings').where('key', 'like', 'count-%').executeTakeFirst();
      expect(numDeletedRows).toBe(2n);
    });

    it('allows a readable pipeline id again when its pipeline is deleted, and not before', async () => {
      const { db } = under.database();
      const insert = (last: number) =>
        db
          .insertInto('pipelines')
          .values({ id: id(last), pipeline_id: 'same', name: 'n', description: '', current_version: 1, created_by: null, deleted_at: null })
          .execute();
      await insert(10);
      await expect(insert(11)).rejects.toMatchObject({ code: '23505' });
      await db.updateTable('pipelines').set({ deleted_at: new Date() }).where('id', '=', id(10)).execute();
      await insert(11);
    });

    it('refuses rows that mean nothing', async () => {
      const { db } = under.database();
      const pipeline = { pipeline: id(99), number: 1, definition: '{}', created_by: null };
      await expect(db.insertInto('pipeline_versions').values(pipeline).execute()).rejects.toMatchObject({ code: '23503' });
      const user = { id: id(20), username: 'Upper', display_name: '', role: 'admin', password_hash: '' } as const;
      await expect(db.insertInto('users').values(user).execute()).rejects.toMatchObject({ code: '23514' });
    });

    it('picks up waiting executions by an index, however many are done', async () => {
      const { db } = under.database();
      const plan = await db.connection().execute(async (connection) => {
        await sql`set enable_seqscan = off`.execute(connection);
        const query = sql<{
          'QUERY PLAN': string;
        }>`explain select id from executions where status = 'pending' order by priority, id limit 5`;
        const { rows } = await query.execute(connection);
        await sql`reset enable_seqscan`.execute(connection);
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      });
      expect(plan).toContain('executions_waiting');
      expect(plan).not.toContain('Sort');
    });
  });
}
