/** An object as a file on this machine, for libraries that read files. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ObjectStore } from '@imageflow/core';

/** The store's own file where it has one; else a copy that is gone afterwards. */
export async function withLocalFile<T>(
  objects: ObjectStore,
  key: string,
  signal: AbortSignal,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const path = objects.localPath(key);
  if (path !== undefined) return work(path);
  const folder = await mkdtemp(join(tmpdir(), 'imageflow-'));
  try {
    const copy = join(folder, 'file');
    await pipeline(await objects.stream(key, undefined, signal), createWriteStream(copy), { signal });
    return await work(copy);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
