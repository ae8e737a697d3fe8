import { expect, test } from 'vitest';
import { applyFilter } from '../../../testing/filters.ts';
import { gradient, largestDifference, meanDifference, paint, texture } from '../../../testing/pixels.ts';
import { gaussianBlur } from '../../../testing/reference.ts';

const picture = texture(48, 36);
const edgeOfLight = paint(40, 10, (x) => (x < 20 ? [0, 0, 0] : [255, 255, 255]));

test.each([0.5, 0.8, 1, 1.7, 2, 3.3, 5, 12])('sigma %d is the Gaussian of that width', async (sigma) => {
  // Fast kernels have weights in 128ths, end at 1 to 8 % of the curve's height and are up to 1 % too wide: 4 levels at a full edge, below one
  // on average.
  for (const image of [picture, edgeOfLight]) {
    const [{ pixels }, expected] = [await applyFilter('blur', image, { sigma }), gaussianBlur(image, sigma)];
    expect(largestDifference(pixels, expected)).toBeLessThanOrEqual(4);
    expect(meanDifference(pixels, expected)).toBeLessThan(1);
  }
});

test('flat areas keep their colour exactly, whatever the sigma', async () => {
  const flat = paint(20, 20, () => [255, 128, 37]);
  for (let sigma = 0.3; sigma < 3; sigma += 0.1) {
    expect([sigma, largestDifference((await applyFilter('blur', flat, { sigma })).pixels, flat)]).toEqual([sigma, 0]);
  }
});

test('it works on a single pixel and on a single row', async () => {
  for (const [width, height] of [
    [1, 1],
    [7, 1],
    [1, 7],
  ] as const) {
    expect((await applyFilter('blur', gradient(width, height), { sigma: 10 })).pixels).toMatchObject({ width, height });
  }
});

test.each([0.4, 0.5, 0.6, 0.9, 1, 1.5])('sigma %d makes nothing darker or brighter on the whole', async (sigma) => {
  const mean = ({ data }: { readonly data: Uint8Array }) => data.reduce((sum, level) => sum + level, 0) / data.length;
  const { pixels } = await applyFilter('blur', texture(200, 150), { sigma });
  expect(Math.abs(mean(pixels) - mean(gaussianBlur(texture(200, 150), sigma)))).toBeLessThan(0.2);
});
