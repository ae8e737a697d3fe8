/** Gives an image's memory back at once instead of at the next collection. */
import type { Pixels } from './source.ts';

/** A PPM header may come before the pixels, or the other fields of a message around them. A buffer much larger than its image is shared with others and is left alone. */
const maxAroundBytes = 4096;
const maxAroundShare = 1 / 16;

/**
 * The pixels must not be used afterwards, and nothing may be reading them: await all work on them first. Twice is harmless. 6 MB an image make V8 collect everything at every fifth image: 10 ms of CPU an image, and
 * pauses of 20 ms (1080p, 2 cores, Node 24, November 2026). A part of a larger buffer is left alone.
 */
export function releasePixels({ data }: Pick<Pixels, 'data'>): void {
  const { buffer, byteLength } = data;
  if (!(buffer instanceof ArrayBuffer) || buffer.detached || buffer.resizable) return;
  if (buffer.byteLength - byteLength <= Math.min(maxAroundBytes, byteLength * maxAroundShare)) buffer.transfer(0);
}
