/** Small versions of images, made when first asked for and kept in the store. */
import { AppError, brokenImage, type ObjectStore } from '@imageflow/core';
import { openImage } from './decoder.ts';
import type { FileRow } from './files.queries.ts';
import { createGate } from './gate.ts';
import { withLocalFile } from './local.ts';

export const thumbnailType = 'image/jpeg';

const quality = 80;
/** A thumbnail of 512 pixels has about 60 kB. */
const maxBytes = 2_000_000;

export interface Thumbnails {
  /**
   * A JPEG that fits into size × size pixels, upright, on white.
   * @throws AppError UNSUPPORTED_MEDIA when the file is no image, IMAGE_BROKEN, OBJECT_NOT_FOUND, STORE_UNAVAILABLE
   */
  read(file: FileRow, size: number, signal: AbortSignal): Promise<Uint8Array>;
  remove(fileId: string): Promise<void>;
}

export function createThumbnails(objects: ObjectStore): Thumbnails {
  // Two, so that a page of thumbnails does not take the time of the executions.
  const making = createGate(2);
  return {
    async read(file, size, signal) {
      const key = `${folderOf(file.id)}${size}.jpg`;
      const kept = await readKept(objects, key);
      if (kept !== undefined) return kept;
      requireImage(file);
      const made = await making(() => withLocalFile(objects, file.object_key, signal, (path) => make(path, file.content_type, size)));
      await keep(objects, key, made);
      return made;
    },
    async remove(fileId) {
      for await (const key of objects.list(folderOf(fileId))) await objects.delete(key);
    },
  };
}

function folderOf(fileId: string): string {
  return `thumbnails/${fileId}/`;
}

async function readKept(objects: ObjectStore, key: string): Promise<Uint8Array | undefined> {
  try {
    return await objects.read(key, maxBytes);
  } catch (error) {
    if (error instanceof AppError && error.code === 'OBJECT_NOT_FOUND') return undefined;
    throw error;
  }
}

/** A full store is no reason not to show it. */
async function keep(objects: ObjectStore, key: string, bytes: Uint8Array): Promise<void> {
  await objects.put(key, bytes, { contentType: thumbnailType, maxBytes, durable: false }).catch((error: unknown) => {
    if (!(error instanceof AppError && error.code === 'STORE_FULL')) throw error;
  });
}

function requireImage(file: FileRow): void {
  if (file.content_type.startsWith('image/')) return;
  throw new AppError('UNSUPPORTED_MEDIA', {
    detail: { ja: `${file.filename} は画像ではないので縮小できません`, en: `${file.filename} is not an image: it has no thumbnail` },
  });
}

async function make(path: string, contentType: string, size: number): Promise<Uint8Array> {
  const format = contentType.replace('image/', '');
  try {
    const image = await openImage(path, format);
    return await image
      .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .jpeg({ quality, optimiseCoding: false })
      .toBuffer();
  } catch (cause) {
    throw cause instanceof AppError ? cause : brokenImage(format, cause);
  }
}
