/** Files of every accepted format from known pixels. */

import type { ImageFormat } from '@imageflow/core';
import sharp, { type Sharp } from 'sharp';
import type { Pixels } from '../image/source.ts';
import { encodeBmp } from './bmp.ts';

/** Lossless where the format can be, else of the best quality without chroma subsampling. */
export async function encode(pixels: Pixels, format: ImageFormat, orientation?: number): Promise<Buffer> {
  const image = orientation === undefined ? toSharp(pixels) : toSharp(pixels).withMetadata({ orientation });
  switch (format) {
    case 'jpeg':
      return image.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
    case 'png':
      return image.png().toBuffer();
    case 'webp':
      return image.webp({ lossless: true }).toBuffer();
    case 'tiff':
      return image.tiff({ compression: 'lzw' }).toBuffer();
    case 'gif':
      return image.gif({ dither: 0 }).toBuffer();
    case 'avif':
      return image.avif({ quality: 90, effort: 0, chromaSubsampling: '4:4:4' }).toBuffer();
    case 'bmp':
      return encodeBmp(pixels);
  }
}

export function toSharp({ data, width, height }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** The first `share` of a file. */
export function cut(bytes: Buffer, share: number): Buffer {
  return bytes.subarray(0, Math.floor(bytes.length * share));
}
