/** BMP files in the store, which libvips does not read. */
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { bmpRowBytes, brokenImage, decodeBmp, parseBmpHeader } from '@imageflow/core';
import sharp, { type Sharp } from 'sharp';

export interface BmpSize {
  readonly width: number;
  readonly height: number;
  /** Its rows have to be decoded to know whether the file is whole. */
  readonly isCompressed: boolean;
}

/**
 * Size of the image, from the head; refuses a file that is shorter than its rows.
 * @throws AppError IMAGE_BROKEN
 */
export function readBmpSize(head: Uint8Array, sizeBytes: number): BmpSize {
  const header = parseBmpHeader(head);
  const { width, height } = header;
  const isCompressed = header.rows !== 'plain';
  if (!isCompressed && header.pixelsAt + bmpRowBytes(header) * height > sizeBytes) throw brokenImage('bmp');
  return { width, height, isCompressed };
}

/** @throws AppError IMAGE_BROKEN */
export async function openBmp(path: string): Promise<Sharp> {
  const { data, width, height } = await decodeBmp(await readFile(path), () => setImmediate());
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}
