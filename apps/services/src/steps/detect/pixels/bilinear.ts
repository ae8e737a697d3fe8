/**
 * Scales 8-bit RGB into a planar tensor: bilinear with pixel centres at .5 and no smoothing first, as OpenCV's INTER_LINEAR.
 * In the loops `as number` only repeats what their bounds already promise.
 */
import type { Pixels } from '../../../image/source.ts';
import type { Letterbox } from './letterbox.ts';

/** Values of a tensor: float32, or float16 as bit patterns. */
export type Plane = Float32Array | Uint16Array;

/** What each of the 256 levels becomes, for red, green, blue. */
export type LevelTables = readonly [Plane, Plane, Plane];

/** Weights are 11-bit fractions, as in OpenCV: two of them and an 8-bit level fit an int32. */
const one = 2048;
const rounding = one * one * 0.5;

/** Writes the image into its place in `target` (planar R, G, B of the letterbox's size). Does not touch the padding. */
export function scaleIntoPlanes(source: Pixels, plan: Letterbox, target: Plane, levels: LevelTables): void {
  const { inner } = plan;
  if (inner.width === source.width && inner.height === source.height) copyInto(source, plan, target, levels);
  else if (inner.width * 2 === source.width && inner.height * 2 === source.height) halveInto(source, plan, target, levels);
  else blendInto(source, plan, target, levels);
}

function copyInto(source: Pixels, plan: Letterbox, target: Plane, [red, green, blue]: LevelTables): void {
  const { data, width, height } = source;
  const plane = plan.width * plan.height;
  for (let y = 0, from = 0; y < height; y += 1) {
    let to = (plan.top + y) * plan.width + plan.left;
    for (let x = 0; x < width; x += 1, to += 1, from += 3) {
      target[to] = red[data[from] as number] as number;
      target[to + plane] = green[data[from + 1] as number] as number;
      target[to + 2 * plane] = blue[data[from + 2] as number] as number;
    }
  }
}

/** Exactly half: every sample lies between four pixels. Three times as fast as the general way, same values. */
function halveInto(source: Pixels, plan: Letterbox, target: Plane, levels: LevelTables): void {
  const { data, width } = source;
  const { inner } = plan;
  const plane = plan.width * plan.height;
  const row = width * 3;
  for (let channel = 0; channel < 3; channel += 1) {
    const table = levels[channel as 0 | 1 | 2];
    for (let y = 0; y < inner.height; y += 1) {
      let from = y * 2 * row + channel;
      let to = channel * plane + (plan.top + y) * plan.width + plan.left;
      for (let x = 0; x < inner.width; x += 1, to += 1, from += 6) {
        const sum = (data[from] as number) + (data[from + 3] as number) + (data[from + row] as number) + (data[from + row + 3] as number);
        target[to] = table[(sum + 2) >> 2] as number;
      }
    }
  }
}

/** One axis: for each output position its lower source position (times `step`) and the weight of the next one. */
interface Axis {
  readonly low: Int32Array;
  readonly weight: Int32Array;
  /** From a position to the next one; 0 when there is only one. */
  readonly step: number;
}

function planAxis(sourceLength: number, length: number, step: number): Axis {
  const [low, weight] = [new Int32Array(length), new Int32Array(length)];
  const scale = sourceLength / length;
  const last = Math.max(sourceLength - 2, 0);
  for (let index = 0; index < length; index += 1) {
    const at = Math.min(Math.max((index + 0.5) * scale - 0.5, 0), sourceLength - 1);
    const below = Math.min(Math.floor(at), last);
    low[index] = below * step;
    weight[index] = Math.round((at - below) * one);
  }
  return { low, weight, step: sourceLength > 1 ? step : 0 };
}

/**
 * Four pixels to one, all three channels at once. 1080p into 640: 2.5 ms; with each source row blended across first and kept, as OpenCV
 * does: 4.3 ms (2-core Xeon, Node 24, November 2026).
 */
function blendInto(source: Pixels, plan: Letterbox, target: Plane, [red, green, blue]: LevelTables): void {
  const { data } = source;
  const { inner } = plan;
  const across = planAxis(source.width, inner.width, 3);
  const down = planAxis(source.height, inner.height, source.width * 3);
  const plane = plan.width * plan.height;
  const right = across.step;
  for (let y = 0; y < inner.height; y += 1) {
    const upper = down.low[y] as number;
    const lower = upper + down.step;
    const v = down.weight[y] as number;
    let to = (plan.top + y) * plan.width + plan.left;
    for (let x = 0; x < inner.width; x += 1, to += 1) {
      const p = upper + (across.low[x] as number);
      const q = lower + (across.low[x] as number);
      const u = across.weight[x] as number;
      target[to] = red[blend(data, p, q, right, u, v)] as number;
      target[to + plane] = green[blend(data, p + 1, q + 1, right, u, v)] as number;
      target[to + 2 * plane] = blue[blend(data, p + 2, q + 2, right, u, v)] as number;
    }
  }
}

/** Between the pixels at p and right of it, at q and right of it. The compiler inlines it; imul spares it the checks for overflow. */
function blend(data: Uint8Array, p: number, q: number, right: number, u: number, v: number): number {
  const a = data[p] as number;
  const b = data[q] as number;
  const top = (a << 11) + Math.imul((data[p + right] as number) - a, u);
  const bottom = (b << 11) + Math.imul((data[q + right] as number) - b, u);
  return ((top << 11) + Math.imul(bottom - top, v) + rounding) >> 22;
}
