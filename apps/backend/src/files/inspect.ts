/** Looks at a stored image before it is accepted: its size, its limits, whether it is whole. */
import { AppError, brokenImage, type ImageFormat, tooManyPixels } from '@imageflow/core';
import sharp, { type Sharp } from 'sharp';
import { readBmpHeader } from './bmp.ts';
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
  const size = format === 'bmp' ? readBmpHeader(ends.head, ends.sizeBytes) : await readSize(path, format);
  if (size.width * size.height > maxPixels) throw tooManyPixels(size.width, size.height, maxPixels);
  if (format !== 'bmp' && judgeEnds(format, ends) === 'unknown') await decoding(() => decode(path, format));
  return size;
}

async function readSize(path: string, format: ImageFormat): Promise<ImageSize> {
  try {
    const { width, height } = (await openFile(path).metadata()).autoOrient;
    if (width < 1 || height < 1) throw new Error('no pixels');
    return { width, height };
  } catch (cause) {
    throw brokenImage(format, cause);
  }
}

/** All pixels are read, line by line where the format allows; none is kept. */
async function decode(path: string, format: ImageFormat): Promise<void> {
  try {
    await openFile(path).resize({ width: 1, height: 1, fit: 'fill', fastShrinkOnLoad: false }).raw().toBuffer();
  } catch (cause) {
    throw cause instanceof AppError ? cause : brokenImage(format, cause);
  }
}

/** As the services open it: the first page, upright, no tolerance for a file that ends early. The pixel limit is checked above, by name. */
function openFile(path: string): Sharp {
  return sharp(path, { autoOrient: true, failOn: 'error', limitInputPixels: false, pages: 1, sequentialRead: true });
}
