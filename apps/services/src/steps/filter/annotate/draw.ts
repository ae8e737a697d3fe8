/** Drawing straight into RGB bytes; everything is clipped to the image. */

import type { Colour } from '@imageflow/core';
import type { Pixels } from '../../../image/source.ts';
import type { TextMask } from './label.ts';

export function fillRectangle(pixels: Pixels, left: number, top: number, right: number, bottom: number, colour: Colour): void {
  const [fromX, toX] = [clip(left, pixels.width), clip(right, pixels.width)];
  for (let y = clip(top, pixels.height); y < clip(bottom, pixels.height); y++) {
    for (let x = fromX; x < toX; x++) pixels.data.set(colour, (y * pixels.width + x) * 3);
  }
}

/** A frame of `line` pixels, outside edge on the given rectangle. */
export function strokeRectangle(
  pixels: Pixels,
  left: number,
  top: number,
  right: number,
  bottom: number,
  line: number,
  colour: Colour,
): void {
  fillRectangle(pixels, left, top, right, top + line, colour);
  fillRectangle(pixels, left, bottom - line, right, bottom, colour);
  fillRectangle(pixels, left, top + line, left + line, bottom - line, colour);
  fillRectangle(pixels, right - line, top + line, right, bottom - line, colour);
}

export function drawMask(pixels: Pixels, mask: TextMask, left: number, top: number, colour: Colour): void {
  for (let row = 0; row < mask.height; row++) {
    const y = top + row;
    if (y < 0 || y >= pixels.height) continue;
    for (let column = 0; column < mask.width; column++) {
      const x = left + column;
      if (x < 0 || x >= pixels.width) continue;
      blend(pixels.data, (y * pixels.width + x) * 3, colour, mask.coverage[row * mask.width + column] ?? 0);
    }
  }
}

function blend(data: Uint8Array, at: number, colour: Colour, coverage: number): void {
  for (const [channel, level] of colour.entries()) {
    const under = data[at + channel] ?? 0;
    data[at + channel] = under + Math.round(((level - under) * coverage) / 255);
  }
}

function clip(value: number, limit: number): number {
  return Math.min(Math.max(Math.round(value), 0), limit);
}
