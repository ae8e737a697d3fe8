/** Image operations as their textbooks write them: slow, in floating point, borders repeated outwards. */
import type { Pixels } from '../image/source.ts';
import { paint, pixelAt, type Rgb } from './pixels.ts';

/** The true Gaussian, out to five sigma. */
export function gaussianBlur(pixels: Pixels, sigma: number): Pixels {
  const reach = Math.ceil(5 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, at) => Math.exp(-((at - reach) ** 2) / (2 * sigma * sigma)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const { width, height } = pixels;
  const channels = ([0, 1, 2] as const).map((channel) => {
    const rows = plane(pixels, channel).map((row) => row.map((_, x) => smooth((at) => row[clamp(at, width)] ?? 0, x)));
    return rows.map((row, y) => row.map((_, x) => smooth((at) => rows[clamp(at, height)]?.[x] ?? 0, y)));
  });
  function smooth(read: (at: number) => number, centre: number): number {
    return weights.reduce((sum, weight, at) => sum + (weight / total) * read(centre + at - reach), 0);
  }
  return paint(width, height, (x, y) => toRgb((channel) => channels[channel]?.[y]?.[x] ?? 0));
}

export function medianOf(pixels: Pixels, size: number): Pixels {
  return eachWindow(pixels, size, (levels) => [...levels].sort((a, b) => a - b)[(levels.length - 1) / 2] ?? 0);
}

/** Weights row by row; clipped to 0 to 255. */
export function convolve(pixels: Pixels, size: number, weights: readonly number[]): Pixels {
  return eachWindow(pixels, size, (levels) => levels.reduce((sum, level, at) => sum + level * (weights[at] ?? 0), 0));
}

/** Rec. 601. */
export function luma([red, green, blue]: Rgb): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

function eachWindow(pixels: Pixels, size: number, reduce: (levels: readonly number[]) => number): Pixels {
  const reach = (size - 1) / 2;
  const { width, height } = pixels;
  return paint(width, height, (x, y) =>
    toRgb((channel) => {
      const levels: number[] = [];
      for (let dy = -reach; dy <= reach; dy++) {
        for (let dx = -reach; dx <= reach; dx++) levels.push(pixelAt(pixels, clamp(x + dx, width), clamp(y + dy, height))[channel]);
      }
      return reduce(levels);
    }),
  );
}

function plane(pixels: Pixels, channel: 0 | 1 | 2): number[][] {
  return Array.from({ length: pixels.height }, (_, y) => Array.from({ length: pixels.width }, (_, x) => pixelAt(pixels, x, y)[channel]));
}

function toRgb(level: (channel: 0 | 1 | 2) => number): Rgb {
  const clipped = (channel: 0 | 1 | 2) => Math.max(0, Math.min(255, Math.round(level(channel))));
  return [clipped(0), clipped(1), clipped(2)];
}

function clamp(at: number, length: number): number {
  return Math.max(0, Math.min(length - 1, at));
}
