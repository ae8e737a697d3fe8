/** PostgreSQL inside this process, its files in a folder. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError, type Clock } from '@imageflow/core';
import { Kysely, sql } from 'kysely';
import type { Logger } from 'pino';
import type { Database, DatabaseOptions } from '../database.ts';
import { toDatabaseError } from '../errors.ts';
import { lockFolder } from '../lock.ts';
import type { Tables } from '../schema.ts';
import { createCluster } from './create.ts';
import { createPgliteDialect } from './driver.ts';
import { majorVersion } from './settings.ts';
import { type EngineSupply, openSupply } from './supply.ts';
import { createTurns } from './turns.ts';
import { startUpkeep } from './upkeep.ts';

/** A statement takes about half a millisecond: whoever waits this long waits for something stuck. */
const waitMs = 30_000;

/**
 * Opens the folder, creating it at the first start.
 * @throws AppError DATABASE_UNAVAILABLE when another process has it open or its files cannot be used.
 */
export async function openPglite(path: string, { logger }: DatabaseOptions, now: Clock['now'] = Date.now): Promise<Database> {
  const folder = resolve(path);
  const lock = await lockFolder(folder);
  try {
    const cluster = join(folder, 'cluster');
    if ((await readVersion(cluster)) === undefined) {
      logger?.info({ event: 'database_create', folder }, 'creating the database');
      await createCluster(folder, cluster);
    }
    await checkVersion(cluster);
    const supply = await openSupply(cluster, now, logger);
    return wrap(supply, logger, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

function wrap(supply: EngineSupply, logger: Logger | undefined, release: () => void): Database {
  const turns = createTurns(waitMs);
  const db = new Kysely<Tables>({ dialect: createPgliteDialect(supply, turns) });
  const stopUpkeep = startUpkeep(db, logger);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    stopUpkeep();
    try {
      // The transaction that runs is let end.
      await turns.end(new AppError('DATABASE_UNAVAILABLE'));
      await supply.close();
    } catch (error) {
      throw toDatabaseError(error);
    } finally {
      release();
    }
  };
  return {
    kind: 'pglite',
    db,
    async check() {
      await sql`select 1`.execute(db);
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

async function readVersion(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new AppError('DATABASE_UNAVAILABLE', { cause: error });
  }
}

async function checkVersion(cluster: string): Promise<void> {
  const version = await readVersion(cluster);
  if (version === majorVersion) return;
  throw new AppError('DATABASE_UNAVAILABLE', {
    detail: {
      ja: `データベースは PostgreSQL ${version} の形式で、このプログラムは ${majorVersion} を使います。作成した版で backup し、この版で restore してください`,
      en: `The database is in the format of PostgreSQL ${version}; this program uses ${majorVersion}. Back it up with the version that made it, then restore with this one`,
    },
    retryable: false,
  });
}
