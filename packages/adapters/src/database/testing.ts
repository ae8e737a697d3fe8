/**
 * Databases for tests: real ones, each in a folder of its own, copied from one that was made once. Making one takes seconds, a copy a
 * tenth of one.
 */

import { createHash, randomUUID } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from './index.ts';

export interface TestDatabase extends Database {
  /** Address of its folder, to open it again after `close`. */
  readonly url: string;
  /** Closes it and removes the folder. */
  remove(): Promise<void>;
}

/**
 * Where tests put folders: in memory where the system has room there, since each commit waits for the disk, and test runs side by side
 * wait for each other.
 */
export function scratchFolder(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize > 2e9 ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** An empty database with all its tables. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(scratchFolder(), 'imageflow-database-'));
  await copyTestDatabase(folder);
  const url = `pglite:${folder}`;
  const database = await openDatabase(url);
  return {
    ...database,
    url,
    remove: async () => {
      await database.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Fills an existing folder, so that opening it is quick. */
export async function copyTestDatabase(folder: string): Promise<void> {
  const template = await prepareTemplate();
  await cp(join(template, 'cluster'), join(folder, 'cluster'), { recursive: true });
}

let prepared: Promise<string> | undefined;

function prepareTemplate(): Promise<string> {
  prepared ??= makeTemplate();
  return prepared;
}

/** Several test processes may come at the same time: each makes its own, the first one's is kept. */
async function makeTemplate(): Promise<string> {
  const template = join(tmpdir(), `imageflow-template-${await version()}`);
  const isMade = async (): Promise<boolean> => (await readdir(template).catch(() => [])).length > 0;
  if (await isMade()) return template;
  await removeOld();
  const folder = `${template}-${randomUUID()}`;
  await mkdir(folder);
  await (await openDatabase(`pglite:${folder}`)).close();
  await rename(folder, template).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    if (!(await isMade())) throw error;
  });
  return template;
}

const keptMs = 24 * 3600_000;

/** Of test runs that were killed, and templates of earlier versions. */
async function removeOld(): Promise<void> {
  for (const folder of new Set([tmpdir(), scratchFolder()])) {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const isOurs = /^imageflow-(template|database|test|bus|killed|postgres)-/.test(name);
      if (isOurs && Date.now() - (await stat(path)).mtimeMs > keptMs) await rm(path, { recursive: true, force: true });
    }
  }
}

/** Of everything that makes the template what it is. */
async function version(): Promise<string> {
  const hash = createHash('sha256');
  const migrations = join(import.meta.dirname, 'migrations');
  const engine = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  hash.update(await readFile(join(engine, '..', '..', 'package.json')));
  for (const name of (await readdir(migrations)).sort()) hash.update(await readFile(join(migrations, name)));
  return hash.digest('hex').slice(0, 16);
}
