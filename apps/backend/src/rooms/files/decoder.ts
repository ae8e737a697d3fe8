/** Opens stored images for decoding, as the services do: the first frame, upright, without tolerance for a file that ends early. */
import { readFile } from 'node:fs/promises';
import { brokenImage, firstFrameOf } from '@imageflow/core';
import sharp, { type Sharp } from 'sharp';
import { openBmp } from './bmp.ts';

/**
 * The pixel limit is not this function's: what is in the store has passed it, and what comes in is measured first.
 * @param format as in the content type "image/<format>"
 * @throws AppError IMAGE_BROKEN
 */
export async function openImage(path: string, format: string): Promise<Sharp> {
  if (format === 'bmp') return openBmp(path);
  return sharp(format === 'gif' ? await readFirstFrame(path) : path, {
    autoOrient: true,
    failOn: 'error',
    limitInputPixels: false,
    pages: 1,
    sequentialRead: true,
  });
}

async function readFirstFrame(path: string): Promise<Uint8Array> {
  const frame = firstFrameOf(await readFile(path));
  if (frame === undefined) throw brokenImage('gif');
  return frame;
}
