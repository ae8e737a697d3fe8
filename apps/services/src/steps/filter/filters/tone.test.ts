import { expect, test } from 'vitest';
import { applyFilter } from '../../../testing/filters.ts';
import { largestDifference, paint, pixelAt, texture } from '../../../testing/pixels.ts';
import { luma } from '../../../testing/reference.ts';

const picture = texture(40, 30);
/** All 256 levels in one row. */
const levels = paint(256, 1, (x) => [x, x, x]);

const levelsAfter = async (name: string, parameters: Record<string, unknown>): Promise<number[]> => {
  const { pixels } = await applyFilter(name, levels, parameters);
  return Array.from({ length: 256 }, (_, x) => pixelAt(pixels, x, 0)[0]);
};
const eachLevel = (change: (level: number) => number): number[] =>
  Array.from({ length: 256 }, (_, level) => Math.max(0, Math.min(255, Math.round(change(level)))));

test('grayscale is the brightness of Rec. 601 in all three channels', async () => {
  const { pixels } = await applyFilter('grayscale', picture);
  const expected = paint(40, 30, (x, y) => {
    const level = Math.round(luma(pixelAt(picture, x, y)));
    return [level, level, level];
  });
  // Weights in 256ths are at most 0.3 levels off, which may tip a rounding.
  expect(largestDifference(pixels, expected)).toBeLessThanOrEqual(1);
});

test.each([0.5, 1, 2.2])('gamma %d is the power it says', async (gamma) => {
  expect(await levelsAfter('gamma', { gamma })).toEqual(eachLevel((level) => 255 * (level / 255) ** (1 / gamma)));
});

test('brightness shifts by its share of the range, contrast stretches around the middle', async () => {
  expect(await levelsAfter('brightness_contrast', {})).toEqual(eachLevel((level) => level));
  expect(new Set(await levelsAfter('brightness_contrast', { brightness: 100 }))).toEqual(new Set([255]));
  expect(new Set(await levelsAfter('brightness_contrast', { brightness: -100 }))).toEqual(new Set([0]));
  expect(new Set(await levelsAfter('brightness_contrast', { contrast: -100 }))).toEqual(new Set([128]));
  expect(await levelsAfter('brightness_contrast', { contrast: 100 })).toEqual(eachLevel((level) => (level - 128) * 4 + 128));
});

test('threshold makes levels from its value on white, or black when inverted', async () => {
  expect(await levelsAfter('threshold', { value: 100 })).toEqual(eachLevel((level) => (level >= 100 ? 255 : 0)));
  expect(await levelsAfter('threshold', { value: 100, invert: true })).toEqual(eachLevel((level) => (level >= 100 ? 0 : 255)));
});

test("threshold by Otsu's method parts dark from bright, however unequal they are", async () => {
  const part = paint(100, 10, (x, y) => (x < 12 ? [180 + (y % 3), 180, 180] : [60, 60 + (x % 5), 60]));
  const { pixels } = await applyFilter('threshold', part, { method: 'otsu' });
  expect([0, 11, 12, 99].map((x) => pixelAt(pixels, x, 4)[0])).toEqual([255, 255, 0, 0]);
});

test('a picture of one level survives every filter of tone', async () => {
  const flat = paint(5, 5, () => [50, 50, 50]);
  for (const [name, parameters] of [
    ['grayscale', {}],
    ['gamma', {}],
    ['brightness_contrast', {}],
    ['threshold', { method: 'otsu' }],
    ['clahe', {}],
  ] as const) {
    expect((await applyFilter(name, flat, parameters)).pixels.data).toHaveLength(75);
  }
});
