/** All rows of all tables as JSON, as of one moment: the same text from either engine, and fit for either. */
import { type Kysely, sql } from 'kysely';
import { readMigrations } from '../migrate.ts';
import type { Tables } from '../schema.ts';
import { listTables, type TableFacts } from './tables.ts';

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
      for (const name of await listTablesOfObjects(transaction)) {
        await sink.objects(fetchAll(transaction, sql`select object_key as text from ${sql.table(name)} where object_key is not null`));
      }
      return (await readMigrations(transaction)).applied.at(-1) ?? '';
    });
}

/** By the name of the column. */
async function listTablesOfObjects(db: Kysely<Tables>): Promise<readonly TableFacts['name'][]> {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.columns
    where table_schema = current_schema() and column_name = 'object_key' order by table_name`.execute(db);
  return rows.map(({ name }) => name);
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
