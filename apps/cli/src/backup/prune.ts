/** Removes old backups, and the objects that only they named. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listBackups, readObjects } from './repository.ts';

/** Answers how many backups were removed. */
export async function prune(folder: string, keep: number): Promise<number> {
  const names = await listBackups(folder);
  const old = names.slice(0, Math.max(0, names.length - keep));
  if (old.length === 0) return 0;
  const needed = new Set<string>();
  for (const name of names.slice(old.length)) for await (const { sha256 } of readObjects(join(folder, name))) needed.add(sha256);
  // The backups before their objects: one that lacks objects must not look whole.
  for (const name of old) await rm(join(folder, name), { recursive: true });
  for (const entry of await readdir(join(folder, 'objects'), { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && !needed.has(entry.name)) await rm(join(entry.parentPath, entry.name));
  }
  return old.length;
}
