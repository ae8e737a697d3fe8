/** Filters that move pixels say truly where to: proven with a disc whose centre is known before and after. */
import { type AffineMap, identityTransform } from '@imageflow/core';
import { describe, expect, test } from 'vitest';
import { applyFilter } from '../../../testing/filters.ts';
import { centroid, disc, gradient, pixelAt } from '../../../testing/pixels.ts';

const through = (map: AffineMap, x: number, y: number) => ({ x: map.a * x + map.b * y + map.tx, y: map.c * x + map.d * y + map.ty });

describe('crop', () => {
  const picture = gradient(50, 40);

  test('takes exactly the pixels asked for', async () => {
    const { pixels } = await applyFilter('crop', picture, { x: 7, y: 11, width: 20, height: 9 });
    expect(pixels).toMatchObject({ width: 20, height: 9 });
    expect(pixelAt(pixels, 0, 0)).toEqual(pixelAt(picture, 7, 11));
    expect(pixelAt(pixels, 19, 8)).toEqual(pixelAt(picture, 26, 19));
  });

  test('reaches to the edge without a size', async () => {
    expect((await applyFilter('crop', picture, { x: 45, y: 30 })).pixels).toMatchObject({ width: 5, height: 10 });
  });

  test('maps points to where they are now', async () => {
    const { pixels, map = identityTransform(0, 0) } = await applyFilter('crop', disc(80, 60, 50, 33, 6), {
      x: 30,
      y: 20,
      width: 40,
      height: 30,
    });
    const expected = through(map, 50, 33);
    expect(centroid(pixels).x).toBeCloseTo(expected.x, 1);
    expect(centroid(pixels).y).toBeCloseTo(expected.y, 1);
  });

  test.each([[{ x: 50 }], [{ y: 40 }], [{ x: 10, width: 41 }], [{ y: 39, height: 2 }]])(
    'is refused outside the image: %j',
    async (parameters) => {
      await expect(applyFilter('crop', picture, parameters)).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    },
  );
});

describe('rotate', () => {
  test.each([
    [90, 40, 50],
    [180, 50, 40],
    [270, 40, 50],
    [-90, 40, 50],
    [360, 50, 40],
    [0, 50, 40],
  ])('by %d° is a matter of moving pixels, none changes', async (angle, width, height) => {
    const picture = gradient(50, 40);
    const { pixels, map = identityTransform(0, 0) } = await applyFilter('rotate', picture, { angle });
    expect(pixels).toMatchObject({ width, height });
    for (const [x, y] of [
      [0, 0],
      [49, 0],
      [13, 27],
    ] as const) {
      const to = through(map, x + 0.5, y + 0.5);
      expect(pixelAt(pixels, Math.floor(to.x), Math.floor(to.y))).toEqual(pixelAt(picture, x, y));
    }
  });

  test.each([10, 30, 45, 133, 200, -20])('by %d° maps points to where they are now, within a twentieth of a pixel', async (angle) => {
    const { pixels, map = identityTransform(0, 0) } = await applyFilter('rotate', disc(120, 80, 85, 22, 9), { angle });
    const expected = through(map, 85, 22);
    expect(Math.abs(centroid(pixels).x - expected.x)).toBeLessThan(0.05);
    expect(Math.abs(centroid(pixels).y - expected.y)).toBeLessThan(0.05);
  });

  test('fills the new corners with the colour asked for', async () => {
    const { pixels } = await applyFilter('rotate', gradient(60, 60), { angle: 45, background: '#0a64c8' });
    expect(pixelAt(pixels, 1, 1)).toEqual([10, 100, 200]);
  });

  test('is refused when the result would be past the limit of pixels', async () => {
    const refused = applyFilter('rotate', gradient(100, 100), { angle: 45 }, { maxPixels: 15_000 });
    await expect(refused).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    expect((await applyFilter('rotate', gradient(100, 100), { angle: 90 }, { maxPixels: 15_000 })).pixels.width).toBe(100);
  });
});
