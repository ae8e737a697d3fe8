/**
 * The database: PostgreSQL's SQL on either of two engines, chosen by the address.
 * "pglite:<folder>" runs PostgreSQL inside this process; "postgres://…" is a server.
 */
import { AppError } from '@imageflow/core';
import type { Database, DatabaseOptions } from './database.ts';
import { type MigrationState, migrate, readMigrations, requireMigrated } from './migrate.ts';
import type { PostgresOptions } from './postgres/open.ts';

export type * from './database.ts';
export { withTurn } from './exclusive.ts';
export type { MigrationState } from './migrate.ts';
export type * from './schema.ts';

/**
 * Opens the database and brings its tables up to date.
 * @throws AppError DATABASE_UNAVAILABLE: cannot be reached, or the folder is in use by another process; VALIDATION_ERROR: unknown address.
 */
export async function openDatabase(url: string, options: DatabaseOptions = {}): Promise<Database> {
  const migrates = options.autoMigrate !== false;
  if (migrates && isServer(url)) await migrateServer(url, options);
  const database = await openEngine(url, options);
  try {
    if (!migrates) await requireMigrated(database.db);
    else if (!isServer(url)) await migrate(database.db, options.logger);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

export interface Migrations {
  /** Changes nothing. */
  read(): Promise<MigrationState>;
  /** Answers what it applied. */
  apply(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The tables' own history, without bringing them up to date. @throws as `openDatabase` */
export async function openMigrations(url: string): Promise<Migrations> {
  const { db, close } = isServer(url) ? await openServer(url, { statementMs: migrationMs }) : await openEngine(url, {});
  return { read: () => readMigrations(db), apply: () => migrate(db), close };
}

/** A table of years of data may take a new index, and others wait for their turn meanwhile. */
const migrationMs = 3600_000;

/** On connections of its own, whose statements may take long. */
async function migrateServer(url: string, options: DatabaseOptions): Promise<void> {
  const { db, close } = await openServer(url, { ...options, statementMs: migrationMs });
  try {
    await migrate(db, options.logger);
  } finally {
    await close();
  }
}

function isServer(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url);
}

/** Without a look at the tables: for whoever brings them into a state of its own. */
export async function openEngine(url: string, options: DatabaseOptions): Promise<Database> {
  // Each is loaded when it is wanted.
  if (url.startsWith('pglite:')) return (await import('./pglite/open.ts')).openPglite(url.slice('pglite:'.length), options);
  if (isServer(url)) return openServer(url, options);
  throw new AppError('VALIDATION_ERROR', {
    detail: {
      ja: 'データベースのアドレスは pglite:<フォルダー> または postgres://… の形で指定してください',
      en: 'Give the address of the database as pglite:<folder> or postgres://…',
    },
  });
}

async function openServer(url: string, options: PostgresOptions): Promise<Database> {
  return (await import('./postgres/open.ts')).openPostgres(url, options);
}
