/** Pictures made of formulas, so that tests know every pixel. */
import type { Pixels } from '../image/source.ts';

export type Rgb = readonly [red: number, green: number, blue: number];

export function paint(width: number, height: number, colourAt: (x: number, y: number) => Rgb): Pixels {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) for (let x = 0; x < width; x++, at += 3) data.set(colourAt(x, y), at);
  return { data, width, height };
}

/** Smooth, different along both axes and in every channel: no turn, mirror or swap of channels maps it onto itself. */
export function gradient(width: number, height: number): Pixels {
  return paint(width, height, (x, y) => [40 + (180 * x) / width, 30 + (190 * y) / height, 220 - (100 * (x + y)) / (width + height)]);
}

/** Smooth shapes with fine noise on top, the same in every run: like a photo to a codec. */
export function texture(width: number, height: number, seed = 1): Pixels {
  const random = xorshift(seed);
  return paint(width, height, (x, y) => {
    const wave = 60 * Math.sin(x / 7) * Math.cos(y / 9);
    const noise = () => Math.max(0, Math.min(255, 128 + wave + (random() - 0.5) * 80));
    return [noise(), noise(), noise()];
  });
}

/** A light disc of radius `radius` on dark ground. */
export function disc(width: number, height: number, centreX: number, centreY: number, radius: number): Pixels {
  return paint(width, height, (x, y) => (Math.hypot(x + 0.5 - centreX, y + 0.5 - centreY) <= radius ? [250, 250, 250] : [10, 10, 10]));
}

export function pixelAt({ data, width }: Pixels, x: number, y: number): Rgb {
  const at = (y * width + x) * 3;
  return [data[at] ?? -1, data[at + 1] ?? -1, data[at + 2] ?? -1];
}

/** Centre of gravity of the brightness above 60, in continuous coordinates (the first pixel's centre is 0.5). */
export function centroid({ data, width, height }: Pixels): { x: number; y: number } {
  let [sum, sumX, sumY] = [0, 0, 0];
  for (let y = 0, at = 1; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const weight = Math.max(0, (data[at] ?? 0) - 60);
      sum += weight;
      sumX += weight * (x + 0.5);
      sumY += weight * (y + 0.5);
    }
  }
  return { x: sumX / sum, y: sumY / sum };
}

export function largestDifference(left: Pixels, right: Pixels): number {
  if (left.width !== right.width || left.height !== right.height) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let at = 0; at < left.data.length; at++) largest = Math.max(largest, Math.abs((left.data[at] ?? 0) - (right.data[at] ?? 0)));
  return largest;
}

export function meanDifference(left: Pixels, right: Pixels): number {
  if (left.width !== right.width || left.height !== right.height) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let at = 0; at < left.data.length; at++) sum += Math.abs((left.data[at] ?? 0) - (right.data[at] ?? 0));
  return sum / left.data.length;
}

function xorshift(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
