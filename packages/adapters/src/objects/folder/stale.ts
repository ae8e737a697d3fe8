/** Removes what writers that died have left behind. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './errors.ts';

/** Files of living processes stay: several programs share one store. */
export async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (await isStale(path, Number(/^(\d+)-/.exec(name)?.[1]))) await rm(path, { force: true });
  }
}

/** In a container every start has the same process id: then the file's age tells. */
async function isStale(path: string, owner: number): Promise<boolean> {
  if (!(owner > 0)) return true;
  if (owner !== process.pid) return !isAlive(owner);
  const file = await stat(path).catch(() => undefined);
  return file !== undefined && file.mtimeMs < Date.now() - process.uptime() * 1000;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}
