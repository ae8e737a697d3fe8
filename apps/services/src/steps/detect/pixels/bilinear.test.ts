import { describe, expect, test } from 'vitest';
import type { Pixels } from '../../../image/source.ts';
import { scaleIntoPlanes } from './bilinear.ts';
import { planLetterbox } from './letterbox.ts';
import { createLevels } from './levels.ts';

const levels = createLevels('letterbox', 'float32');

function noise(width: number, height: number): Pixels {
  let state = 12_345;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state >> 23;
  });
  return { data, width, height };
}

/** The formula, pixel by pixel, in 64-bit floats. */
function reference(source: Pixels, x: number, y: number, scaleX: number, scaleY: number, channel: number): number {
  const at = (position: number, length: number) => Math.min(Math.max(position, 0), length - 1);
  const fx = at((x + 0.5) * scaleX - 0.5, source.width);
  const fy = at((y + 0.5) * scaleY - 0.5, source.height);
  const [x0, y0] = [Math.floor(fx), Math.floor(fy)];
  const [x1, y1] = [at(x0 + 1, source.width), at(y0 + 1, source.height)];
  const level = (px: number, py: number) => source.data[(py * source.width + px) * 3 + channel] ?? 0;
  const upper = level(x0, y0) * (1 - (fx - x0)) + level(x1, y0) * (fx - x0);
  const lower = level(x0, y1) * (1 - (fx - x0)) + level(x1, y1) * (fx - x0);
  return upper * (1 - (fy - y0)) + lower * (fy - y0);
}

describe('scaling into a tensor', () => {
  test.each([
    [200, 120, 64],
    [64, 64, 64],
    [128, 64, 64],
    [31, 17, 64],
    [1, 1, 64],
    [3, 200, 64],
    [65, 63, 64],
  ])('%d × %d into %d follows the bilinear formula within one level', (width, height, side) => {
    const source = noise(width, height);
    const plan = planLetterbox(source, { width: side, height: side });
    const target = new Float32Array(3 * side * side).fill(-1);
    scaleIntoPlanes(source, plan, target, levels);
    let worst = 0;
    for (let channel = 0; channel < 3; channel += 1) {
      for (let y = 0; y < side; y += 1) {
        for (let x = 0; x < side; x += 1) {
          const value = target[(channel * side + y) * side + x] ?? 0;
          const [innerX, innerY] = [x - plan.left, y - plan.top];
          const isInside = innerX >= 0 && innerY >= 0 && innerX < plan.inner.width && innerY < plan.inner.height;
          const wanted = isInside ? reference(source, innerX, innerY, width / plan.inner.width, height / plan.inner.height, channel) : -255;
          worst = Math.max(worst, Math.abs(value * 255 - wanted));
        }
      }
    }
    // Weights of 11 bits and rounding to a level: OpenCV's own two ways differ by as much.
    expect(worst).toBeLessThan(1);
  });

  test('planes are red, green, blue', () => {
    const target = new Float32Array(3);
    const source = { data: Uint8Array.from([255, 51, 0]), width: 1, height: 1 };
    scaleIntoPlanes(source, planLetterbox(source, { width: 1, height: 1 }), target, levels);
    expect([...target]).toEqual([1, Math.fround(51 / 255), 0]);
  });

  test('classifiers of the torchvision kind get mean and deviation of ImageNet', () => {
    const [red, green, blue] = createLevels('imagenet', 'float32');
    expect(red[255]).toBeCloseTo((1 - 0.485) / 0.229, 5);
    expect(green[0]).toBeCloseTo(-0.456 / 0.224, 5);
    expect(blue[51]).toBeCloseTo((0.2 - 0.406) / 0.225, 5);
  });
});
