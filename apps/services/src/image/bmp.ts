/** BMP files (industrial cameras write them), which libvips does not read. */

import { brokenImage, tooManyPixels } from '@imageflow/core';
import { decode } from 'bmp-ts';
import type { ImageLimits } from './limits.ts';
import type { Pixels } from './source.ts';

/** Size of the upright image, from the header alone. Throws IMAGE_BROKEN, TOO_LARGE. */
export function bmpSize(head: Uint8Array, limits: ImageLimits): { width: number; height: number } {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 26) throw brokenImage('bmp');
  const isCore = view.getUint32(14, true) === 12;
  const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true);
  const height = Math.abs(isCore ? view.getInt16(20, true) : view.getInt32(22, true));
  if (width < 1 || height < 1) throw brokenImage('bmp');
  if (width * height > limits.maxPixels) throw tooManyPixels(width, height, limits.maxPixels);
  return { width, height };
}

/** Whole file to pixels; alpha is ignored, as most writers leave it undefined. Throws IMAGE_BROKEN, TOO_LARGE. */
export function decodeBmp(bytes: Uint8Array, limits: ImageLimits): Pixels {
  const { width, height } = bmpSize(bytes, limits);
  refuseCut(bytes, width, height);
  try {
    const rgba = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { toRGBA: true }).data;
    return { data: dropAlpha(rgba, width * height), width, height };
  } catch (cause) {
    throw brokenImage('bmp', cause);
  }
}

/** The library reads past a cut row without complaint in some depths. */
function refuseCut(bytes: Uint8Array, width: number, height: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 54 || view.getUint32(14, true) < 40) return;
  const isUncompressed = view.getUint32(30, true) === 0 || view.getUint32(30, true) === 3;
  const rowBytes = Math.ceil((width * view.getUint16(28, true)) / 32) * 4;
  if (isUncompressed && view.getUint32(10, true) + rowBytes * height > bytes.length) throw brokenImage('bmp');
}

function dropAlpha(rgba: Uint8Array, pixelCount: number): Uint8Array {
  if (rgba.length < pixelCount * 4) throw brokenImage('bmp');
  const rgb = Buffer.allocUnsafe(pixelCount * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = rgba[from] ?? 0;
    rgb[to + 1] = rgba[from + 1] ?? 0;
    rgb[to + 2] = rgba[from + 2] ?? 0;
  }
  return rgb;
}
