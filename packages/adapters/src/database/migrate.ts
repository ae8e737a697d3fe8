/** Brings the tables up to date. The list is written out: a folder read at run time could hold anything. */
import { AppError } from '@imageflow/core';
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Logger } from 'pino';
import { foundation } from './migrations/0001-foundation.ts';
import { notifications } from './migrations/0002-notifications.ts';
import { insight } from './migrations/0003-insight.ts';
import { deadLetters } from './migrations/0004-dead-letters.ts';
import type { Tables } from './schema.ts';

/** Run in the order of their names; a published one is never changed. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-foundation': foundation,
  '0002-notifications': notifications,
  '0003-insight': insight,
  '0004-dead-letters': deadLetters,
};

/** @throws AppError DATABASE_UNAVAILABLE; a migration that fails leaves nothing of itself. */
export async function migrate(db: Kysely<Tables>, logger?: Logger): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error, results } = await migrator.migrateToLatest();
  for (const { migrationName, status } of results ?? []) {
    if (status === 'Success') logger?.info({ event: 'migrated', migration: migrationName }, 'tables brought up to date');
  }
  if (error === undefined) return;
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
