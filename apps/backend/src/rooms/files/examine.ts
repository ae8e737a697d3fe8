/** Looks at a stored image before it is accepted: its size, its limits, whether it is whole. */
import { readFile } from 'node:fs/promises';
import { AppError, brokenImage, type ImageFormat, isHarmlessWarning, refuseUnreadableTiff, tooManyPixels } from '@imageflow/core';
import type { Sharp } from 'sharp';
import { readBmpSize } from './bmp.ts';
import { openImage } from './decoder.ts';
import { createGate } from './gate.ts';
import { type FileEnds, judgeEnds } from './whole.ts';

/** Pixels of the upright image. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** A decoder may need 400 MB for 100 megapixels: one at a time keeps the server's memory flat. */
const decoding = createGate(1);

/**
 * @param path of the file, whose ends are already known
 * @throws AppError IMAGE_BROKEN, TOO_LARGE
 */
export async function inspectImage(path: string, format: ImageFormat, ends: FileEnds, maxPixels: number): Promise<ImageSize> {
  const { isCompressed, ...size } = await measure(path, format, ends);
  if (size.width * size.height > maxPixels) throw tooManyPixels(size.width, size.height, maxPixels);
  if (isCompressed && judgeEnds(format, ends) === 'unknown') await decoding(() => decode(path, format));
  return size;
}

async function measure(path: string, format: ImageFormat, ends: FileEnds): Promise<ImageSize & { isCompressed: boolean }> {
  if (format === 'bmp') return readBmpSize(ends.head, ends.sizeBytes);
  return { ...(await readSize(path, format)), isCompressed: true };
}

async function readSize(path: string, format: ImageFormat): Promise<ImageSize> {
  return complaining(format, async () => {
    const { width, height } = (await (await openImage(path, format)).metadata()).autoOrient;
    if (width < 1 || height < 1) throw new Error('no pixels');
    return { width, height };
  });
}

/** Refuses what would be shown wrongly, then reads all pixels, line by line where the format allows; none is kept. */
async function decode(path: string, format: ImageFormat): Promise<void> {
  if (format === 'tiff') refuseUnreadableTiff(await readFile(path));
  await complaining(format, async () => {
    if (format !== 'jpeg') return readAll(await openImage(path, format));
    await readAll(await openImage(path, format, 'warning')).catch(async (cause: unknown) => {
      if (!isHarmlessWarning(cause)) throw cause;
      await readAll(await openImage(path, format));
    });
  });
}

/** A JPEG decoder that shrinks while it decodes still reads all of its data, in a third of the time. */
async function readAll(image: Sharp): Promise<void> {
  await image.resize({ width: 1, height: 1, fit: 'fill' }).raw().toBuffer();
}

async function complaining<T>(format: ImageFormat, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof AppError ? cause : brokenImage(format, cause);
  }
}
