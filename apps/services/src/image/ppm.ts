/** Binary PPM ("P6", 8-bit RGB): how pixels travel between steps, losslessly and without a codec. */
import { AppError } from '@imageflow/core';
import type { Pixels } from './source.ts';

export const ppmContentType = 'image/x-portable-pixmap';

/** The file in two pieces, so that the pixels need not be copied behind their header. */
export function ppmChunks(pixels: Pixels): readonly [Uint8Array, Uint8Array] {
  return [Buffer.from(`P6\n${pixels.width} ${pixels.height}\n255\n`, 'latin1'), pixels.data];
}

export function ppmSizeBytes(pixels: Pixels): number {
  const [header, data] = ppmChunks(pixels);
  return header.length + data.length;
}

/** A view into `bytes`, not a copy. Throws IMAGE_BROKEN when the header or the length is wrong. */
export function parsePpm(bytes: Uint8Array): Pixels {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString('latin1');
  const match = /^P6\s+(\d{1,9})\s+(\d{1,9})\s+255\s/.exec(head);
  if (match === null) throw brokenPpm('its header is not a P6 header with 255 levels');
  const [header, width, height] = [match[0], Number(match[1]), Number(match[2])];
  const data = bytes.subarray(header.length);
  if (width < 1 || height < 1 || data.length !== width * height * 3) {
    throw brokenPpm(`${width}×${height} pixels need ${width * height * 3} bytes, there are ${data.length}`);
  }
  return { data, width, height };
}

function brokenPpm(why: string): AppError {
  return new AppError('IMAGE_BROKEN', {
    detail: { ja: `受け渡し用の PPM 画像が壊れています (${why})`, en: `The PPM image handed over is broken: ${why}` },
  });
}
