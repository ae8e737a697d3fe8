/** `imageflow migrate`: what the tables are lacking, and making it. */
import { join, resolve } from 'node:path';
import { type MigrationState, openMigrations } from '@imageflow/adapters/database';
import { AppError } from '@imageflow/core';
import type { CliConfig } from '../config.ts';
import { exitCodes, Stop } from '../exit.ts';
import type { Say } from '../language.ts';

export interface MigrateOptions {
  readonly check?: true;
  readonly database?: string;
  readonly json?: true;
  readonly dataDir: string;
}

export async function migrate(options: MigrateOptions, config: CliConfig): Promise<void> {
  const url = options.database ?? config.databaseUrl ?? `pglite:${join(resolve(options.dataDir), 'database')}`;
  try {
    const outcome = await migrateAt(url, options.check === true);
    if (options.json) console.log(JSON.stringify(outcome, null, 2));
    else describe(outcome, config.say);
    if (options.check && outcome.pending.length > 0) process.exitCode = exitCodes.failed;
  } catch (error) {
    throw error instanceof AppError ? new Stop('failed', error.detail.ja, error.detail.en, error) : error;
  }
}

interface Outcome extends MigrationState {
  /** By this call. */
  readonly made: readonly string[];
}

async function migrateAt(url: string, isCheck: boolean): Promise<Outcome> {
  const migrations = await openMigrations(url);
  try {
    const made = isCheck ? [] : await migrations.apply();
    return { ...(await migrations.read()), made };
  } finally {
    await migrations.close();
  }
}

function describe({ applied, pending, newer, made }: Outcome, say: Say): void {
  for (const name of made) console.log(say({ ja: `適用しました: ${name}`, en: `Applied: ${name}` }));
  for (const name of pending) console.log(say({ ja: `未適用: ${name}`, en: `Pending: ${name}` }));
  for (const name of newer) {
    console.log(say({ ja: `新しい版のプログラムが適用しました: ${name}`, en: `Applied by a newer program: ${name}` }));
  }
  if (pending.length > 0) return;
  console.log(say({ ja: `表は最新です（${applied.length} 件）。`, en: `The tables are up to date (${applied.length}).` }));
}
