/** A database for a test: a copy of one that was made once. Making one takes three seconds, copying it a tenth of one. */
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '@imageflow/adapters/database';

const cache = fileURLToPath(new URL('../../../node_modules/.cache/imageflow-test-database', import.meta.url));
const keptMs = 24 * 3600_000;

/** Puts an empty database with all tables into the folder. */
export async function layDatabase(folder: string): Promise<void> {
  const template = join(cache, await fingerprint());
  if (!(await exists(template))) await makeTemplate(template);
  await cp(template, folder, { recursive: true });
}

/** Changes with the tables. */
async function fingerprint(): Promise<string> {
  const source = dirname(fileURLToPath(import.meta.resolve('@imageflow/adapters/database')));
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const path of paths.toSorted()) hash.update(await readFile(path));
  return hash.digest('hex').slice(0, 16);
}

/** Several test processes may do this at the same moment: the first to finish wins. */
async function makeTemplate(template: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  await removeOld();
  const unfinished = await mkdtemp(join(cache, 'unfinished-'));
  const database = await openDatabase(`pglite:${unfinished}`);
  await database.close();
  await rename(unfinished, template).catch(() => rm(unfinished, { recursive: true }));
}

async function removeOld(): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > keptMs) await rm(path, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
