import { expect, test } from 'vitest';
import { applyFilter } from '../../../testing/filters.ts';
import { gradient, largestDifference, meanDifference, paint, pixelAt, texture } from '../../../testing/pixels.ts';
import { convolve, medianOf } from '../../../testing/reference.ts';

const picture = texture(48, 36);
const edgeOfLight = paint(40, 10, (x) => (x < 20 ? [0, 0, 0] : [255, 255, 255]));

test.each([3, 5, 7])('median of %d pixels is the middle of the sorted window', async (size) => {
  const { pixels } = await applyFilter('median', picture, { size });
  expect(largestDifference(pixels, medianOf(picture, size))).toBe(0);
});

test('median removes single wild pixels', async () => {
  const clean = gradient(30, 30);
  const speckled = paint(30, 30, (x, y) => (x % 7 === 3 && y % 7 === 3 ? [255, 255, 255] : pixelAt(clean, x, y)));
  const { pixels } = await applyFilter('median', speckled);
  expect(meanDifference(pixels, clean)).toBeLessThan(meanDifference(speckled, clean) / 2);
});

test.each([0.5, 1, 3])('sharpen by %d is the convolution it says', async (amount) => {
  const side = -amount / 2;
  const expected = convolve(picture, 3, [0, side, 0, side, 1 + 2 * amount, side, 0, side, 0]);
  // Both round a half, one of them to the even number.
  expect(largestDifference((await applyFilter('sharpen', picture, { amount })).pixels, expected)).toBeLessThanOrEqual(1);
});

test('sharpen leaves flat areas and amount 0 alone', async () => {
  const flat = paint(9, 9, () => [10, 130, 250]);
  expect(largestDifference((await applyFilter('sharpen', flat, { amount: 5 })).pixels, flat)).toBe(0);
  expect(largestDifference((await applyFilter('sharpen', picture, { amount: 0 })).pixels, picture)).toBe(0);
});

test('edge is white on an edge, black beside it, and as strong for an edge along the other axis', async () => {
  const { pixels } = await applyFilter('edge', edgeOfLight);
  expect([5, 19, 20, 30].map((x) => pixelAt(pixels, x, 5)[0])).toEqual([0, 255, 255, 0]);
  const weak = (isUpright: boolean) => paint(21, 21, (x, y) => ((isUpright ? x : y) < 10 ? [100, 100, 100] : [120, 120, 120]));
  const [upright, lying] = [await applyFilter('edge', weak(true)), await applyFilter('edge', weak(false))];
  // Four times the step of 20 levels, halved.
  expect(pixelAt(upright.pixels, 10, 10)).toEqual([40, 40, 40]);
  expect(pixelAt(lying.pixels, 10, 10)).toEqual([40, 40, 40]);
});

test('edge with a threshold knows only black and white', async () => {
  const { pixels } = await applyFilter('edge', picture, { threshold: 60 });
  const plain = (await applyFilter('edge', picture)).pixels;
  for (let at = 0; at < pixels.data.length; at++) expect(pixels.data[at]).toBe((plain.data[at] ?? 0) >= 60 ? 255 : 0);
});

test.each(['median', 'sharpen', 'edge'])('%s works on a single pixel and on a single row', async (name) => {
  for (const [width, height] of [
    [1, 1],
    [7, 1],
    [1, 7],
  ] as const) {
    expect((await applyFilter(name, gradient(width, height))).pixels).toMatchObject({ width, height });
  }
});

test.each([0.3, 0.7, 1.3])('sharpen by %d rounds to the nearest level', async (amount) => {
  const side = -amount / 2;
  const soft = paint(60, 60, (x, y) => [100 + ((x * 7 + y * 3) % 11), 90 + ((x * y) % 13), 120 + ((x + y) % 7)]);
  const expected = convolve(soft, 3, [0, side, 0, side, 1 + 2 * amount, side, 0, side, 0]);
  expect(meanLevel((await applyFilter('sharpen', soft, { amount })).pixels) - meanLevel(expected)).toBeCloseTo(0, 1);
});

function meanLevel({ data }: { readonly data: Uint8Array }): number {
  return data.reduce((sum, level) => sum + level, 0) / data.length;
}
