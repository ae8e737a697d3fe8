/** Moves a complete file to its final name. */
import { renameSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from './errors.ts';

/** Windows refuses while a reader or a virus scanner has the old file open; the last try is after about a second. */
const windowsDelaysMs = [5, 20, 80, 300, 600];

/** When `isDurable`, the new name is on the disk before this resolves. */
export async function place(from: string, to: string, isDurable: boolean): Promise<void> {
  await renameTo(from, to).catch(async (error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    await mkdir(dirname(to), { recursive: true });
    await renameTo(from, to);
  });
  if (isDurable) await syncFolder(dirname(to));
}

async function renameTo(from: string, to: string): Promise<void> {
  // In place, as it only changes names in memory (see write.ts).
  if (process.platform !== 'win32') return renameSync(from, to);
  for (const delayMs of windowsDelaysMs) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (!['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error))) throw error;
      await delay(delayMs);
    }
  }
  await rename(from, to);
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
