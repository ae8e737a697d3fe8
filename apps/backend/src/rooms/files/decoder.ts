/** Opens stored images for decoding, as the services do: the first frame, upright, without tolerance for a file that ends early. */
import { readFile } from 'node:fs/promises';
import { brokenImage, firstFrameOf, withoutStrayBytes } from '@imageflow/core';
import sharp, { type Sharp } from 'sharp';
import { openBmp } from './bmp.ts';

/**
 * The pixel limit is not this function's: what is in the store has passed it, and what comes in is measured first.
 * @param failOn "warning" refuses a JPEG whose data is damaged too
 * @param format as in the content type "image/<format>"
 * @throws AppError IMAGE_BROKEN
 */
export async function openImage(path: string, format: string, failOn: 'error' | 'warning' = 'error'): Promise<Sharp> {
  if (format === 'bmp') return openBmp(path);
  return sharp(await inputOf(path, format, failOn), {
    autoOrient: true,
    failOn,
    limitInputPixels: false,
    pages: 1,
    sequentialRead: true,
  });
}

async function inputOf(path: string, format: string, failOn: 'error' | 'warning'): Promise<string | Uint8Array> {
  if (format === 'gif') return readFirstFrame(path);
  return format === 'jpeg' && failOn === 'warning' ? withoutStrayBytes(await readFile(path)) : path;
}

async function readFirstFrame(path: string): Promise<Uint8Array> {
  const frame = firstFrameOf(await readFile(path));
  if (frame === undefined) throw brokenImage('gif');
  return frame;
}
