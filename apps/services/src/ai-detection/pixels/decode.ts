/** Images for detectors: all their pixels, as fast as they can be had. */
import { open } from 'node:fs/promises';
import type { ImageLimits } from '../../image/limits.ts';
import { openImage, readPixels } from '../../image/open.ts';
import { decodePlainJpeg } from '../../image/plain-jpeg.ts';
import { releasePixels } from '../../image/release.ts';
import type { ImageSource, Pixels } from '../../image/source.ts';
import type { TensorPool } from './tensors.ts';

export interface DecodedImage {
  readonly pixels: Pixels;
  /** Gives the memory back; the pixels must not be used afterwards. */
  release(): void;
}

/**
 * A file is decoded whole and sampled as the model's training did. Letting the decoder shrink it would take half the time, but it smooths:
 * with area averaging the defect model's recall fell from .286 to .247 on generated surfaces of 1600 pixels.
 * Throws as `openImage` and `readPixels`.
 */
export async function decodeImage(source: ImageSource, limits: ImageLimits, pool: TensorPool): Promise<DecodedImage> {
  const read = await readWhole(source, limits);
  if (read.kind === 'encoded' && !('path' in read.input)) {
    const plain = await decodePlainJpeg(read.input, limits, pool.takeBytes);
    if (plain !== undefined) return { pixels: plain, release: () => pool.give(plain.data.buffer as ArrayBuffer) };
  }
  const opened = await openImage(read, limits);
  const pixels = await readPixels(opened);
  // The caller's own pixels are the caller's to give back.
  return { pixels, release: () => (opened.pixels === undefined ? releasePixels(pixels) : undefined) };
}

/** A file's bytes instead of its path, so that it is read once; unchanged when it is too large or cannot be read: `openImage` says so. */
async function readWhole(source: ImageSource, limits: ImageLimits): Promise<ImageSource> {
  if (source.kind !== 'encoded' || !('path' in source.input)) return source;
  try {
    const file = await open(source.input.path);
    try {
      const { size } = await file.stat();
      if (size === 0 || size > limits.maxFileBytes) return source;
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(size), 0, size, 0);
      return bytesRead === size ? { kind: 'encoded', input: buffer } : source;
    } finally {
      await file.close();
    }
  } catch {
    return source;
  }
}
