/** Where servers are kept, and where they put their data. */
import { statfsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** What was downloaded for this user, one folder for each version of each server. */
export function cacheFolder(name: string, version: string): string {
  const root = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return join(root, 'imageflow', `${name}-${version}`);
}

/**
 * Where tests put folders: in memory where the system has room there, since each commit waits for the disk, and test runs side by side
 * wait for each other.
 */
export function scratchRoot(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize > 2e9 ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** Where `npm run servers` keeps what it started when no folder is named. */
export function stateFolder(): string {
  return join(tmpdir(), `imageflow-servers-${process.getuid?.() ?? 'user'}`);
}
