/**
 * Makes the files of a new database, in a process of its own: `initdb` needs about 400 MB, which WebAssembly never gives back.
 * The files appear under their final name only when they are complete and on the disk.
 */
import { execFile } from 'node:child_process';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AppError } from '@imageflow/core';

const limitMs = 120_000;

/** @throws AppError DATABASE_UNAVAILABLE */
export async function createCluster(folder: string, cluster: string): Promise<void> {
  const unfinished = join(folder, 'cluster.new');
  try {
    await rm(unfinished, { recursive: true, force: true });
    await rm(cluster, { recursive: true, force: true });
    const program = fileURLToPath(new URL('./create.program.ts', import.meta.url));
    await promisify(execFile)(process.execPath, [program, unfinished], { timeout: limitMs });
    await flush(unfinished);
    await rename(unfinished, cluster);
  } catch (cause) {
    throw new AppError('DATABASE_UNAVAILABLE', {
      detail: {
        ja: `データベースを ${folder} に作成できません。空き容量と権限を確かめてください`,
        en: `The database cannot be created in ${folder}. Check free space and permissions`,
      },
      cause,
    });
  }
}

async function flush(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  // One after another: as fast on a disk, and never many open files.
  for (const path of files) {
    const file = await open(path, 'r+');
    await file.sync().finally(() => file.close());
  }
}
