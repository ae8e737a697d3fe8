/** Brings the tables up to date. The list is written out: a folder read at run time could hold anything. */
import { AppError } from '@imageflow/core';
import { type Kysely, sql } from 'kysely';
import { type Migration, type MigrationResultSet, Migrator } from 'kysely/migration';
import type { Logger } from 'pino';
import { foundation } from './migrations/0001-foundation.ts';
import { notifications } from './migrations/0002-notifications.ts';
import { insight } from './migrations/0003-insight.ts';
import { deadLetters } from './migrations/0004-dead-letters.ts';
import { sharedWork } from './migrations/0005-shared-work.ts';
import { streams } from './migrations/0006-streams.ts';
import { streamAddress } from './migrations/0007-stream-address.ts';
import type { Tables } from './schema.ts';

/** Run in the order of their names; a published one is never changed. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-foundation': foundation,
  '0002-notifications': notifications,
  '0003-insight': insight,
  '0004-dead-letters': deadLetters,
  '0005-shared-work': sharedWork,
  '0006-streams': streams,
  '0007-stream-address': streamAddress,
};

export interface MigrationState {
  readonly applied: readonly string[];
  /** Known to this program and not applied yet. */
  readonly pending: readonly string[];
  /** Applied by a newer program, which runs beside this one while all are being replaced. */
  readonly newer: readonly string[];
}

/** Changes nothing. @throws AppError DATABASE_UNAVAILABLE */
export async function readMigrations(db: Kysely<Tables>): Promise<MigrationState> {
  const known = Object.keys(migrations).sort();
  const found = await sql<{ isThere: boolean }>`select to_regclass('kysely_migration') is not null as "isThere"`.execute(db);
  const isThere = found.rows[0]?.isThere === true;
  const { rows } = isThere ? await sql<{ name: string }>`select name from kysely_migration`.execute(db) : { rows: [] };
  const applied = rows.map((row) => row.name).sort();
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    newer: applied.filter((name) => !known.includes(name)),
  };
}

/**
 * Answers what it applied. Under a lock of the database: of several programs that start at the same time one does it, and the others wait.
 * Tables that a newer program has changed already stay as they are: what it adds does not disturb this one.
 * @throws AppError DATABASE_UNAVAILABLE; a migration that fails leaves nothing of itself.
 */
export async function migrate(db: Kysely<Tables>, logger?: Logger): Promise<readonly string[]> {
  if (await areNewer(db, logger)) return [];
  try {
    return await run(db, (migrator) => migrator.migrateToLatest(), logger);
  } catch (error) {
    // A newer one may have had its turn while this one waited. A transaction that failed cannot be asked.
    if (!db.isTransaction && (await areNewer(db, logger))) return [];
    throw error;
  }
}

async function areNewer(db: Kysely<Tables>, logger: Logger | undefined): Promise<boolean> {
  const { pending, newer } = await readMigrations(db);
  if (newer.length === 0 || pending.length > 0) return false;
  logger?.warn({ event: 'tables_are_newer', migrations: newer }, 'a newer program has changed the tables; update this one too');
  return true;
}

/**
 * For tables that a backup of an earlier version is put into.
 * @throws AppError DATABASE_UNAVAILABLE; VALIDATION_ERROR when this program does not know the migration.
 */
export async function migrateTo(db: Kysely<Tables>, name: string): Promise<void> {
  if (migrations[name] === undefined) {
    throw new AppError('VALIDATION_ERROR', {
      detail: {
        ja: `新しい版のデータです（${name}）。このプログラムを更新してください`,
        en: `These data are of a newer version (${name}). Update this program`,
      },
    });
  }
  await run(db, (migrator) => migrator.migrateTo(name));
}

async function run(
  db: Kysely<Tables>,
  go: (migrator: Migrator) => Promise<MigrationResultSet>,
  logger?: Logger,
): Promise<readonly string[]> {
  const { error, results } = await go(new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } }));
  const applied = (results ?? []).filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName);
  for (const migration of applied) logger?.info({ event: 'migrated', migration }, 'tables brought up to date');
  if (error === undefined) return applied;
  if (error instanceof AppError) throw error;
  throw new AppError('DATABASE_UNAVAILABLE', {
    detail: {
      ja: 'データベースの表を更新できません。プログラムの版がデータより古くないか確かめてください',
      en: 'The tables of the database cannot be brought up to date. Check that the program is not older than the data',
    },
    retryable: false,
    cause: error,
  });
}

/** @throws AppError DATABASE_UNAVAILABLE when something is pending. */
export async function requireMigrated(db: Kysely<Tables>): Promise<void> {
  const { pending } = await readMigrations(db);
  if (pending.length === 0) return;
  throw new AppError('DATABASE_UNAVAILABLE', {
    detail: {
      ja: `データベースの表が古いままです（未適用: ${pending.join(', ')}）。imageflow migrate を実行してください`,
      en: `The tables of the database are not up to date (pending: ${pending.join(', ')}). Run imageflow migrate`,
    },
    retryable: false,
  });
}
