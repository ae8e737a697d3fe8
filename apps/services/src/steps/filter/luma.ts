/** Brightness of pixels, and tables that change every level the same way. */
import type { Pixels } from '../../image/source.ts';

/** Rec. 601 luma, 0 to 255, one byte a pixel. */
export function toLuma(pixels: Pixels): Uint8Array {
  const { data } = pixels;
  const luma = new Uint8Array(pixels.width * pixels.height);
  for (let from = 0, to = 0; to < luma.length; from += 3, to++) {
    luma[to] = (77 * (data[from] ?? 0) + 150 * (data[from + 1] ?? 0) + 29 * (data[from + 2] ?? 0) + 128) >> 8;
  }
  return luma;
}

/** One byte a pixel to RGB. */
export function fromLuma(luma: Uint8Array, size: { width: number; height: number }): Pixels {
  const data = Buffer.allocUnsafe(luma.length * 3);
  for (let from = 0, to = 0; from < luma.length; from++, to += 3) {
    const level = luma[from] ?? 0;
    data[to] = level;
    data[to + 1] = level;
    data[to + 2] = level;
  }
  return { data, width: size.width, height: size.height };
}

/** A table of 256 levels; results are rounded and clipped to 0 to 255. */
export function levelTable(change: (level: number) => number): Uint8Array {
  return Uint8Array.from(Uint8ClampedArray.from({ length: 256 }, (_, level) => change(level)));
}

export function mapLevels(data: Uint8Array, table: Uint8Array): Buffer {
  const mapped = Buffer.allocUnsafe(data.length);
  for (let at = 0; at < data.length; at++) mapped[at] = table[data[at] ?? 0] ?? 0;
  return mapped;
}

/** How many pixels have each level. */
export function histogram(luma: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  for (let at = 0; at < luma.length; at++) {
    const level = luma[at] ?? 0;
    counts[level] = (counts[level] ?? 0) + 1;
  }
  return counts;
}
