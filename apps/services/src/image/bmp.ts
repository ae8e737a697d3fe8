/** BMP files within the limits of a service. */
import { setImmediate } from 'node:timers/promises';
import { decodeBmp, parseBmpHeader, tooManyPixels } from '@imageflow/core';
import type { ImageLimits } from './limits.ts';
import type { Pixels } from './source.ts';

/**
 * Checks the head of a file before the rest is read.
 * @throws AppError IMAGE_BROKEN, TOO_LARGE
 */
export function checkBmp(head: Uint8Array, limits: ImageLimits): void {
  const { width, height } = parseBmpHeader(head);
  if (width * height > limits.maxPixels) throw tooManyPixels(width, height, limits.maxPixels);
}

/**
 * Decodes a whole file; alpha is ignored.
 * @throws AppError IMAGE_BROKEN, TOO_LARGE
 */
export async function readBmp(bytes: Uint8Array, limits: ImageLimits): Promise<Pixels> {
  checkBmp(bytes, limits);
  return decodeBmp(bytes, () => setImmediate());
}
