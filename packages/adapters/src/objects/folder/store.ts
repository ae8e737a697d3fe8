/**
 * Objects as files: <root>/<bucket>/<key>. A body is written to <root>/.new and renamed, so that a key is visible only when complete;
 * all three folders lie on one file system. Several processes may use one root.
 */
import { type BigIntStats, existsSync } from 'node:fs';
import { access, constants, type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, type ByteRange, type ObjectInfo, type ObjectStore, type PutOptions } from '@imageflow/core';
import { objectNotFound, objectTooLarge, rangeOutside } from '../errors.ts';
import { checkKey, checkPrefix } from '../keys.ts';
import { isAbsent, toStoreError } from './errors.ts';
import { listKeys } from './list.ts';
import { toPath } from './names.ts';
import { place } from './place.ts';
import { removeStale } from './stale.ts';
import { keepType, readType } from './types.ts';
import { writeTemporary } from './write.ts';

const bucket = 'imageflow';

/** Large enough that a 50 MB download is not thousands of turns of the event loop. */
const chunkBytes = 256 * 1024;

/** @throws AppError STORE_UNAVAILABLE, STORE_FULL */
export async function openFolder(root: string): Promise<ObjectStore> {
  const store = new FolderStore(root);
  await store.prepare();
  return store;
}

class FolderStore implements ObjectStore {
  readonly kind = 'folder';
  readonly bucket = bucket;
  readonly #objects: string;
  readonly #types: string;
  readonly #unfinished: string;

  constructor(root: string) {
    this.#objects = join(root, bucket);
    this.#types = join(root, '.types', bucket);
    this.#unfinished = join(root, '.new');
  }

  async prepare(): Promise<void> {
    await guarded(async () => {
      for (const folder of [this.#objects, this.#types, this.#unfinished]) await mkdir(folder, { recursive: true });
      await removeStale(this.#unfinished);
    });
  }

  async put(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions): Promise<ObjectInfo> {
    const path = this.#path(key);
    return guarded(async () => {
      const temporary = await writeTemporary(this.#unfinished, body, options);
      try {
        await keepType(toPath(this.#types, key), key, temporary.path, options.contentType);
        await place(temporary.path, path, options.durable);
      } catch (error) {
        await rm(temporary.path, { force: true });
        throw error;
      }
      return describe(temporary.status, options.contentType);
    });
  }

  async read(key: string, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    const path = this.#path(key);
    return reading(key, async () => {
      const { file, size } = await openObject(path, key);
      try {
        if (size > maxBytes) throw objectTooLarge(maxBytes);
        return await file.readFile(signal === undefined ? {} : { signal });
      } catch (error) {
        throw signal?.aborted === true ? new AppError('CANCELLED', { cause: error }) : error;
      } finally {
        await file.close();
      }
    });
  }

  /** Read it to its end, or destroy it: it holds a file open. */
  async stream(key: string, range?: ByteRange, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const path = this.#path(key);
    return reading(key, async () => {
      const { file, size } = await openObject(path, key);
      if (range === undefined || (range.start < size && range.start <= range.end)) {
        return file.createReadStream({ highWaterMark: chunkBytes, ...range, ...(signal && { signal }) });
      }
      await file.close();
      throw rangeOutside(size);
    });
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const path = this.#path(key);
    return guarded(async () => {
      try {
        const status = await stat(path, { bigint: true });
        if (!status.isFile()) return undefined;
        return describe(status, await readType(toPath(this.#types, key), key, path));
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    });
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key);
    await guarded(async () => {
      await rm(path, { force: true });
      await rm(toPath(this.#types, key), { force: true });
    });
  }

  async *list(prefix: string): AsyncGenerator<string> {
    checkPrefix(prefix);
    try {
      yield* listKeys(this.#objects, prefix);
    } catch (error) {
      throw toStoreError(error);
    }
  }

  localPath(key: string): string | undefined {
    const path = this.#path(key);
    return existsSync(path) ? path : undefined;
  }

  async link(): Promise<undefined> {
    return undefined;
  }

  async check(): Promise<void> {
    await guarded(() => access(this.#unfinished, constants.R_OK | constants.W_OK));
  }

  async close(): Promise<void> {
    // Nothing is held between calls.
  }

  #path(key: string): string {
    checkKey(key);
    return toPath(this.#objects, key);
  }
}

async function openObject(path: string, key: string): Promise<{ file: FileHandle; size: number }> {
  const file = await open(path);
  const status = await file.stat();
  if (status.isFile()) return { file, size: status.size };
  await file.close();
  throw objectNotFound(key);
}

function describe(status: BigIntStats, contentType: string): ObjectInfo {
  return {
    sizeBytes: Number(status.size),
    contentType,
    // The inode is another for each write; the clock of some file systems has only milliseconds.
    etag: `"${[status.ino, status.size, status.mtimeNs].map((part) => part.toString(36)).join('-')}"`,
    lastModified: status.mtime,
  };
}

async function reading<T>(key: string, work: () => Promise<T>): Promise<T> {
  return guarded(async () => {
    try {
      return await work();
    } catch (error) {
      throw isAbsent(error) ? objectNotFound(key, error) : error;
    }
  });
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(error);
  }
}
