/** Saves database, objects and files of the data folder. The database first: every object that it names exists until a retention removes it. */
import { createReadStream } from 'node:fs';
import { access, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { openDatabase } from '@imageflow/adapters/database';
import { dumpDatabase } from '@imageflow/adapters/database/backup';
import { openObjects } from '@imageflow/adapters/objects';
import { AppError, type ObjectStore } from '@imageflow/core';
import { Stop } from '../exit.ts';
import { version } from '../version.ts';
import { inParallel } from './parallel.ts';
import type { Places } from './places.ts';
import type { Progress } from './progress.ts';
import {
  keepObject,
  listBackups,
  type Manifest,
  objectPath,
  readObjects,
  type SavedFile,
  type SavedObject,
  writeFileOf,
  writeLines,
} from './repository.ts';

const objectsAtOnce = 4;
const unfinished = '.unfinished-';

export interface Saved {
  readonly name: string;
  readonly manifest: Manifest;
  /** Named by the database and gone since: removed by a retention meanwhile. */
  readonly missing: number;
}

export async function save(places: Places, folder: string, progress: Progress): Promise<Saved> {
  await checkPlaces(places);
  const createdAt = new Date().toISOString();
  const name = createdAt.replaceAll(':', '-');
  await mkdir(join(folder, 'objects'), { recursive: true, mode: 0o700 });
  await removeUnfinished(folder);
  const backup = join(folder, `${unfinished}${name}`);
  await mkdir(backup, { mode: 0o700 });
  const database = await openDatabase(places.databaseUrl, { autoMigrate: false });
  const objects = await openObjects(places.objectsUrl);
  try {
    const { tables, migration, keys } = await saveTables(database.db, backup, progress);
    const known = await knownObjects(folder);
    const saving = saveObjects(objects, folder, keys, known, progress);
    const list = await writeLines(backup, 'objects.jsonl.gz', saving.lines);
    const data = await saveData(places.dataFiles, places.dataDir, backup);
    const { count, totalBytes, missing } = saving.sums();
    const manifest: Manifest = {
      format: 1,
      created_at: createdAt,
      program_version: version,
      migration,
      tables,
      objects: { ...list, path: 'objects.jsonl.gz', count, total_bytes: totalBytes },
      data,
    };
    await writeFile(join(backup, 'backup.json'), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true });
    await rename(backup, join(folder, name));
    return { name, manifest, missing };
  } finally {
    await Promise.all([database.close(), objects.close()]);
  }
}

/** Opening an embedded database makes one where there is none. */
async function checkPlaces({ databaseUrl }: Places): Promise<void> {
  if (!databaseUrl.startsWith('pglite:')) return;
  const path = databaseUrl.slice('pglite:'.length);
  if (await exists(join(path, 'cluster'))) return;
  throw new Stop(
    'failed',
    `${path} にデータベースはありません。--data-dir または IMAGEFLOW_DATABASE_URL を確かめてください`,
    `There is no database in ${path}. Check --data-dir or IMAGEFLOW_DATABASE_URL`,
  );
}

type Db = Parameters<typeof dumpDatabase>[0];

async function saveTables(
  db: Db,
  backup: string,
  progress: Progress,
): Promise<Pick<Manifest, 'tables' | 'migration'> & { keys: readonly string[] }> {
  const tables: Manifest['tables'] = [];
  const keys = new Set<string>();
  const migration = await dumpDatabase(db, {
    async table(name, batches) {
      let rows = 0;
      const file = await writeLines(
        backup,
        `database/${name}.jsonl.gz`,
        toLines(batches, (count) => {
          rows += count;
          progress.table(name, rows);
        }),
      );
      tables.push({ ...file, name, rows });
    },
    async objects(batches) {
      for await (const batch of batches) for (const key of batch) keys.add(key);
    },
  });
  return { tables, migration, keys: [...keys] };
}

async function* toLines(batches: AsyncIterable<readonly string[]>, onBatch: (count: number) => void): AsyncGenerator<string> {
  for await (const batch of batches) {
    yield `${batch.join('\n')}\n`;
    onBatch(batch.length);
  }
}

/** Objects of the last backup, by key: one that has not changed since is not read again. */
async function knownObjects(folder: string): Promise<ReadonlyMap<string, SavedObject>> {
  const last = (await listBackups(folder)).at(-1);
  const known = new Map<string, SavedObject>();
  if (last === undefined) return known;
  for await (const one of readObjects(join(folder, last))) known.set(one.key, one);
  return known;
}

interface ObjectSums {
  readonly count: number;
  readonly totalBytes: number;
  readonly missing: number;
}

interface ObjectsSaving {
  /** One for each object that was saved. */
  readonly lines: AsyncIterable<string>;
  /** When the lines have ended. */
  sums(): ObjectSums;
}

function saveObjects(
  objects: ObjectStore,
  folder: string,
  keys: readonly string[],
  known: ReadonlyMap<string, SavedObject>,
  progress: Progress,
): ObjectsSaving {
  let count = 0;
  let totalBytes = 0;
  let missing = 0;
  const saveOne = async (key: string): Promise<SavedObject | undefined> => {
    const saved = await saveObject(objects, folder, key, known.get(key));
    if (saved === undefined) missing += 1;
    else {
      count += 1;
      totalBytes += saved.bytes;
    }
    progress.objects(count + missing, keys.length, totalBytes);
    return saved;
  };
  async function* lines(): AsyncGenerator<string> {
    for await (const saved of inParallel(keys, objectsAtOnce, saveOne)) if (saved !== undefined) yield `${JSON.stringify(saved)}\n`;
  }
  return { lines: lines(), sums: () => ({ count, totalBytes, missing }) };
}

async function saveObject(
  objects: ObjectStore,
  folder: string,
  key: string,
  known: SavedObject | undefined,
): Promise<SavedObject | undefined> {
  const info = await objects.head(key);
  if (info === undefined) return undefined;
  const facts = { key, content_type: info.contentType, etag: info.etag };
  const isSame = known !== undefined && known.etag === info.etag && known.bytes === info.sizeBytes;
  if (isSame && (await exists(objectPath(folder, known.sha256)))) return { ...facts, bytes: known.bytes, sha256: known.sha256 };
  try {
    return { ...facts, ...(await keepObject(folder, await objects.stream(key))) };
  } catch (error) {
    if (error instanceof AppError && error.code === 'OBJECT_NOT_FOUND') return undefined;
    throw error;
  }
}

async function saveData(files: readonly string[], dataDir: string, backup: string): Promise<SavedFile[]> {
  const saved: SavedFile[] = [];
  for (const file of files) {
    for (const found of await listFiles(file)) {
      const name = relative(dataDir, found).split(sep).join('/');
      saved.push(await writeFileOf(backup, `data/${name}`, createReadStream(found)));
    }
  }
  return saved;
}

/** The file itself, or the files below a folder; none where there is nothing. */
async function listFiles(path: string): Promise<readonly string[]> {
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) return [];
  if (status.isFile()) return [path];
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder);
  await Promise.all(names.filter((name) => name.startsWith(unfinished)).map((name) => rm(join(folder, name), { recursive: true })));
  const fresh = (await readdir(join(folder, 'objects'))).filter((name) => name.startsWith('.new-'));
  await Promise.all(fresh.map((name) => rm(join(folder, 'objects', name), { force: true })));
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
