/** The headers of BMP files, which libvips does not read. */
import { brokenImage } from '@imageflow/core';

export interface BmpHeader {
  readonly width: number;
  readonly height: number;
}

/**
 * Size of the image, from the head; refuses a file that is shorter than its rows.
 * @throws AppError IMAGE_BROKEN
 */
export function readBmpHeader(head: Uint8Array, sizeBytes: number): BmpHeader {
  if (head.length < 26) throw brokenImage('bmp');
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const isCore = view.getUint32(14, true) === 12;
  const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true);
  // Negative: the rows run from top to bottom.
  const height = Math.abs(isCore ? view.getInt16(20, true) : view.getInt32(22, true));
  if (width < 1 || height < 1) throw brokenImage('bmp');
  if (!isCore && head.length >= 34 && needsBytes(view, width, height) > sizeBytes) throw brokenImage('bmp');
  return { width, height };
}

/** Zero for compressed rows, whose length is not known. */
function needsBytes(view: DataView, width: number, height: number): number {
  const [pixelsAt, bitsPerPixel, compression] = [view.getUint32(10, true), view.getUint16(28, true), view.getUint32(30, true)];
  const isUncompressed = compression === 0 || compression === 3 || compression === 6;
  return isUncompressed ? pixelsAt + Math.ceil((width * bitsPerPixel) / 32) * 4 * height : 0;
}
