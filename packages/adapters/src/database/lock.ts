/**
 * A lock on a data folder, for engines that would destroy it when two processes wrote.
 * It is an exclusive transaction on an empty SQLite file: the operating system releases it when the process ends in whatever way
 * (kill -9 included), on Linux, macOS and Windows alike, and no stale process id can be mistaken for a living one.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '@imageflow/core';

export interface FolderLock {
  release(): void;
}

/** @throws AppError DATABASE_UNAVAILABLE naming the process that has the folder open. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true });
  const lock = await acquire(folder);
  try {
    await writeFile(join(folder, 'holder'), `${process.pid}\n`);
  } catch (error) {
    lock.close();
    throw error;
  }
  return { release: () => lock.close() };
}

async function acquire(folder: string): Promise<DatabaseSync> {
  const lock = new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  try {
    // In memory: the transaction writes nothing, so a read-only medium is the only thing that can fail here.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    throw isBusy(cause) ? inUse(folder, await readHolder(folder), cause) : cause;
  }
}

const sqliteBusy = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}

async function readHolder(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'holder'), 'utf8').catch(() => '');
  return /^\d+$/.test(text.trim()) ? text.trim() : '?';
}

function inUse(folder: string, holder: string, cause: unknown): AppError {
  return new AppError('DATABASE_UNAVAILABLE', {
    detail: {
      ja: `データフォルダー ${folder} は別のプロセス（PID ${holder}）が使用中です。そちらを終了するか、別のフォルダーを指定してください`,
      en: `The data folder ${folder} is in use by another process (PID ${holder}). Stop that one, or choose another folder`,
    },
    retryable: false,
    cause,
  });
}
