/** Puts a dump into a database that holds nothing, or in place of what it holds. */
import { AppError } from '@imageflow/core';
import { type Kysely, sql } from 'kysely';
import type { Logger } from 'pino';
import { openEngine } from '../index.ts';
import { migrate, migrateTo } from '../migrate.ts';
import type { Tables } from '../schema.ts';
import { listTables } from './tables.ts';

export interface Dump {
  /** What its tables are of. */
  readonly migration: string;
  /** Batches of rows as JSON objects; none when it has no such table. */
  rows(table: string): AsyncIterable<readonly string[]>;
}

export interface LoadOptions {
  /** Whether what is there may be replaced. */
  readonly isForced: boolean;
  readonly logger?: Logger;
}

/** Whether some table has a row. False where there are no tables yet. */
export async function holdsData(url: string): Promise<boolean> {
  const database = await openEngine(url, {});
  try {
    return await hasRows(database.db);
  } finally {
    await database.close();
  }
}

/**
 * Puts in all rows or none: until the one transaction ends, what was there before is there, also for a program that dies. Afterwards the tables are
 * those of this program, and nobody is signed in.
 * @throws AppError DATABASE_UNAVAILABLE: cannot be reached; CONFLICT: it holds data; VALIDATION_ERROR: the dump is of a later version.
 */
export async function loadDatabase(url: string, dump: Dump, { isForced, logger }: LoadOptions): Promise<void> {
  const database = await openEngine(url, logger === undefined ? {} : { logger });
  const { db } = database;
  try {
    if (!isForced && (await hasRows(db))) throw notEmpty();
    await db.transaction().execute((transaction) => replaceTables(transaction, dump, logger));
  } finally {
    await database.close();
  }
}

async function replaceTables(db: Kysely<Tables>, dump: Dump, logger: Logger | undefined): Promise<void> {
  // Also without rows: the tables may be of a later version than the dump.
  await dropTables(db);
  await migrateTo(db, dump.migration);
  await fill(db, dump);
  await migrate(db, logger);
  await endSignIns(db);
}

/** A sign-in of the time of the backup may have been ended since. Refresh tokens and tickets go with their sign-in. */
async function endSignIns(db: Kysely<Tables>): Promise<void> {
  await sql`delete from sessions`.execute(db);
}

async function fill(db: Kysely<Tables>, dump: Dump): Promise<void> {
  for (const { name } of await listTables(db)) {
    const table = sql.table(name);
    await sql`delete from ${table}`.execute(db);
    for await (const rows of dump.rows(name)) {
      await sql`
        insert into ${table} overriding system value
        select * from jsonb_populate_recordset(null::${table}, ${`[${rows.join(',')}]`}::jsonb)`.execute(db);
    }
  }
  await continueNumbers(db);
}

/** The next row of a table that numbers its rows gets the number after the last. */
async function continueNumbers(db: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ table_name: string; column_name: string }>`
    select table_name, column_name from information_schema.columns
    where table_schema = current_schema() and is_identity = 'YES'`.execute(db);
  for (const { table_name: name, column_name: column } of rows) {
    await sql`
      select setval(pg_get_serial_sequence(${name}, ${column}), coalesce((select max(${sql.ref(column)}) from ${sql.table(name)}), 0) + 1, false)
    `.execute(db);
  }
}

async function hasRows(db: Kysely<Tables>): Promise<boolean> {
  for (const { name } of await listTables(db)) {
    const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(db);
    if (rows.length > 0) return true;
  }
  return false;
}

async function dropTables(db: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ command: string }>`
    select format('drop table %s cascade', c.oid::regclass) as command
    from pg_class c where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
    union all
    select format('drop function %s cascade', p.oid::regprocedure)
    from pg_proc p where p.pronamespace = current_schema()::regnamespace
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`.execute(db);
  for (const { command } of rows) await sql.raw(command).execute(db);
}

function notEmpty(): AppError {
  return new AppError('CONFLICT', {
    detail: {
      ja: 'データベースは空ではありません。置き換えてよければ --force を付けてください',
      en: 'The database is not empty. Give --force to replace what it holds',
    },
  });
}
