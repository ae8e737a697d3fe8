/** Brings a backup back. Everything is checked first; the objects come before the rows that name them. */
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Dump, holdsData, loadDatabase } from '@imageflow/adapters/database/backup';
import { openObjects } from '@imageflow/adapters/objects';
import type { ObjectStore } from '@imageflow/core';
import { Stop } from '../exit.ts';
import { inParallel } from './parallel.ts';
import type { Places } from './places.ts';
import type { Progress } from './progress.ts';
import { checkFile, type Manifest, objectPath, readLines, readManifest, readObjects, type SavedObject } from './repository.ts';

const objectsAtOnce = 4;
/** One statement's rows: enough that a statement's own cost does not count, and far below what a statement may carry. */
const batchBytes = 1_000_000;

export async function restore(places: Places, folder: string, name: string, isForced: boolean, progress: Progress): Promise<Manifest> {
  const backup = join(folder, name);
  const manifest = await readManifest(backup);
  await check(folder, backup, manifest, progress);
  if (!isForced && (await holdsData(places.databaseUrl))) throw notEmpty(places);
  await putObjects(places, folder, backup, manifest, progress);
  await loadDatabase(places.databaseUrl, dumpOf(backup, manifest, progress), { isForced });
  for (const { path } of manifest.data) await putData(join(backup, path), join(places.dataDir, path.slice('data/'.length)), isForced);
  return manifest;
}

/** Nothing is changed before all of it has been read once. */
async function check(folder: string, backup: string, manifest: Manifest, progress: Progress): Promise<void> {
  for (const file of [...manifest.tables, manifest.objects, ...manifest.data]) await checkFile(join(backup, file.path), file);
  await forEachObject(backup, manifest, progress, (saved) => checkFile(objectPath(folder, saved.sha256), saved));
}

async function putObjects(places: Places, folder: string, backup: string, manifest: Manifest, progress: Progress): Promise<void> {
  const store = await openObjects(places.objectsUrl);
  try {
    await forEachObject(backup, manifest, progress, (saved) => putObject(store, folder, saved));
  } finally {
    await store.close();
  }
}

async function forEachObject(
  backup: string,
  { objects }: Manifest,
  progress: Progress,
  work: (saved: SavedObject) => Promise<void>,
): Promise<void> {
  let done = 0;
  let bytes = 0;
  const workOn = async (saved: SavedObject): Promise<number> => {
    await work(saved);
    return saved.bytes;
  };
  for await (const size of inParallel(readObjects(backup), objectsAtOnce, workOn)) {
    done += 1;
    bytes += size;
    progress.objects(done, objects.count, bytes);
  }
}

async function putObject(
  store: ObjectStore,
  folder: string,
  { sha256, key, content_type: contentType, bytes }: SavedObject,
): Promise<void> {
  const body = createReadStream(objectPath(folder, sha256));
  await store.put(key, body, { contentType, maxBytes: bytes, durable: true });
}

function dumpOf(backup: string, manifest: Manifest, progress: Progress): Dump {
  return {
    migration: manifest.migration,
    async *rows(table) {
      const saved = manifest.tables.find(({ name }) => name === table);
      if (saved === undefined) return;
      let rows = 0;
      for await (const batch of inBatches(readLines(join(backup, saved.path)))) {
        yield batch;
        rows += batch.length;
        progress.table(table, rows);
      }
    },
  };
}

async function* inBatches(lines: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let batch: string[] = [];
  let size = 0;
  for await (const line of lines) {
    batch.push(line);
    size += line.length;
    if (size < batchBytes) continue;
    yield batch;
    batch = [];
    size = 0;
  }
  if (batch.length > 0) yield batch;
}

async function putData(from: string, to: string, isForced: boolean): Promise<void> {
  const isThere = await stat(to).then(
    () => true,
    () => false,
  );
  if (isThere && !isForced) return;
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

function notEmpty({ databaseUrl, dataDir }: Places): Stop {
  const where = databaseUrl.startsWith('pglite:') ? dataDir : new URL(databaseUrl).host;
  return new Stop(
    'failed',
    `復元先（${where}）は空ではありません。別の --data-dir を指定するか、置き換えてよければ --force を付けてください`,
    `The target (${where}) is not empty. Name another --data-dir, or give --force to replace what it holds`,
  );
}
