/** All rows of all tables as JSON, as of one moment: the same text from either engine, and fit for either. */
import { type Kysely, sql } from 'kysely';
import { readMigrations } from '../migrate.ts';
import type { Tables } from '../schema.ts';
import { listTables } from './tables.ts';

/** Rows at a time: a row is below a few kilobytes. */
const batchRows = 500;

export interface DumpSink {
  /** Rows as JSON objects, batch by batch; the next batch is fetched when it has taken the last. */
  table(name: string, batches: AsyncIterable<readonly string[]>): Promise<void>;
  /** Keys of objects that rows point at, batch by batch. */
  objects(keys: AsyncIterable<readonly string[]>): Promise<void>;
}

/** Answers the migration that the tables are of. Writers are not kept waiting on PostgreSQL; on PGlite, with its one connection, they are. */
export async function dumpDatabase(db: Kysely<Tables>, sink: DumpSink): Promise<string> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (transaction) => {
      for (const { name, key } of await listTables(transaction)) {
        const order = key.length === 0 ? sql`` : sql`order by ${sql.join(key.map((column) => sql.ref(column)))}`;
        await sink.table(name, fetchAll(transaction, sql`select to_jsonb(t)::text as text from ${sql.table(name)} t ${order}`));
      }
      for (const { table, name } of await listColumnsOfObjects(transaction)) {
        const column = sql.ref(name);
        await sink.objects(fetchAll(transaction, sql`select ${column} as text from ${sql.table(table)} where ${column} is not null`));
      }
      await sink.objects(fetchAll(transaction, objectsOfSettings));
      return (await readMigrations(transaction)).applied.at(-1) ?? '';
    });
}

/** The users' models: a setting each. */
const objectsOfSettings = sql`select value ->> 'object_key' as text from settings where value ->> 'object_key' is not null`;

interface ObjectColumn {
  readonly table: string;
  readonly name: string;
}

/** By its name: object_key, thumbnail_key, clip_key. A column of a later version is saved without a word here. */
async function listColumnsOfObjects(db: Kysely<Tables>): Promise<readonly ObjectColumn[]> {
  const { rows } = await sql<ObjectColumn>`
    select table_name as table, column_name as name from information_schema.columns
    where table_schema = current_schema() and data_type = 'text' and column_name like '%\\_key' order by 1, 2`.execute(db);
  return rows;
}

async function* fetchAll(db: Kysely<Tables>, query: ReturnType<typeof sql>): AsyncGenerator<readonly string[]> {
  await sql`declare dump no scroll cursor for ${query}`.execute(db);
  for (;;) {
    const { rows } = await sql<{ text: string }>`fetch ${sql.lit(batchRows)} from dump`.execute(db);
    if (rows.length === 0) break;
    yield rows.map(({ text }) => text);
  }
  await sql`close dump`.execute(db);
}
