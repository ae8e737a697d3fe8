import { describe, expect, test } from 'vitest';
import { defaultImageLimits } from '../../image/limits.ts';
import type { ImageSource, Pixels } from '../../image/source.ts';
import type { ComponentOutput } from '../../scaffold/component.ts';
import { encode } from '../../testing/files.ts';
import { centroid, disc, gradient, largestDifference, meanDifference, paint, pixelAt } from '../../testing/pixels.ts';
import { orientations, storeTurned } from '../../testing/twins.ts';
import { createResizeComponent } from './resize.ts';

const component = createResizeComponent(defaultImageLimits);

interface Resized extends ComponentOutput {
  readonly pixels: Pixels | undefined;
}

async function resize(source: Pixels | Buffer, parameters: Record<string, unknown>): Promise<Resized> {
  const image: ImageSource = Buffer.isBuffer(source) ? { kind: 'encoded', input: source } : { kind: 'pixels', pixels: source as Pixels };
  const output = await component.run({ image, parameters, detections: [], transform: undefined }, new AbortController().signal);
  return { ...output, pixels: await output.image?.pixels() };
}

const sizeOf = ({ pixels }: Resized) => [pixels?.width, pixels?.height];

test.each([
  [{}, 200, 100],
  [{ target_width: 100 }, 100, 50],
  [{ target_height: 25 }, 50, 25],
  [{ width: 100, height: 100 }, 100, 50],
  [{ target_width: 100, target_height: 100, resize_mode: 'fit' }, 100, 50],
  [{ target_width: 100, target_height: 100, resize_mode: 'fill' }, 100, 100],
  [{ target_width: 100, target_height: 100, resize_mode: 'stretch' }, 100, 100],
  [{ target_width: 100, target_height: 100, resize_mode: 'stretch', maintain_aspect_ratio: true }, 100, 50],
  [{ target_width: 100, target_height: 100, maintain_aspect_ratio: false }, 100, 100],
  [{ target_width: 100, target_height: 100, maintain_aspect_ratio: true }, 100, 50],
  [{ target_width: 400, target_height: 400 }, 400, 200],
  [{ target_width: 300, width: 10 }, 300, 150],
  [{ target_width: 1, target_height: 1 }, 1, 1],
])('%j makes 200 × 100 to %d × %d', async (parameters, width, height) => {
  expect(sizeOf(await resize(gradient(200, 100), parameters))).toEqual([width, height]);
});

test('the same size keeps every pixel', async () => {
  const picture = gradient(64, 48);
  const { pixels, transform } = await resize(picture, { target_width: 64, target_height: 48 });
  expect(largestDifference(pixels ?? gradient(1, 1), picture)).toBe(0);
  expect(transform).toMatchObject({ a: 1, d: 1, tx: 0, ty: 0 });
});

test('a smooth picture stays what it is, only smaller', async () => {
  const { pixels } = await resize(gradient(400, 300), { target_width: 100, target_height: 75 });
  // Rounding, and half a pixel of slope at the border.
  expect(meanDifference(pixels ?? gradient(1, 1), gradient(100, 75))).toBeLessThan(2);
});

test('fine stripes become grey instead of moiré', async () => {
  const stripes = paint(300, 300, (x) => (x % 2 === 0 ? [0, 0, 0] : [255, 255, 255]));
  const { pixels } = await resize(stripes, { target_width: 100, target_height: 100 });
  for (let x = 5; x < 95; x++) expect(Math.abs(pixelAt(pixels ?? stripes, x, 50)[0] - 127)).toBeLessThan(30);
});

describe('the transform maps points to where they are now, within a quarter of a pixel', () => {
  const [width, height, x, y] = [800, 500, 523, 247] as const;
  const picture = disc(width, height, x, y, 40);

  test.each([
    [{ target_width: 333 }],
    [{ target_width: 160, target_height: 160 }],
    [{ target_width: 300, target_height: 300, resize_mode: 'fill' }],
    [{ target_width: 500, target_height: 100, resize_mode: 'fill' }],
    [{ target_width: 123, target_height: 456, resize_mode: 'stretch' }],
    [{ target_width: 1600 }],
    [{ target_width: 900 }],
    [{ target_width: 1600, target_height: 200, resize_mode: 'stretch' }],
    [{ target_width: 1000, target_height: 900, resize_mode: 'fill' }],
  ])('%j', async (parameters) => {
    // JPEG takes the way through the decoder's shrink-on-load.
    for (const source of [picture, await encode(picture, 'jpeg')]) {
      const { pixels, transform } = await resize(source, parameters);
      const found = centroid(pixels ?? picture);
      expect(Math.abs(found.x - (transform.a * x + transform.tx))).toBeLessThan(0.25);
      expect(Math.abs(found.y - (transform.d * y + transform.ty))).toBeLessThan(0.25);
    }
  });
});

test('all eight orientations of one photo give the same picture and the same transform', async () => {
  const upright = gradient(120, 80);
  const expected = await resize(await encode(upright, 'png', 1), { target_width: 60 });
  for (const orientation of orientations) {
    const output = await resize(await encode(storeTurned(upright, orientation), 'png', orientation), { target_width: 60 });
    expect([orientation, output.transform]).toEqual([orientation, expected.transform]);
    expect(largestDifference(output.pixels ?? upright, expected.pixels ?? upright)).toBeLessThanOrEqual(1);
  }
});

test('a sliver blown up to a square, cut before it is scaled, maps its points too', async () => {
  const { pixels, transform } = await resize(disc(1000, 10, 501, 4, 3), { target_width: 400, target_height: 400, resize_mode: 'fill' });
  const found = centroid(pixels ?? gradient(1, 1));
  // Forty times enlarged, so two pixels are a twentieth of one.
  expect(Math.abs(found.x - (transform.a * 501 + transform.tx))).toBeLessThan(2);
  expect(Math.abs(found.y - (transform.d * 4 + transform.ty))).toBeLessThan(2);
});

test('a single pixel and a line of 16384 can be resized', async () => {
  expect(
    sizeOf(
      await resize(
        paint(1, 1, () => [1, 2, 3]),
        { target_width: 50, target_height: 40, resize_mode: 'stretch' },
      ),
    ),
  ).toEqual([50, 40]);
  expect(sizeOf(await resize(gradient(16_384, 1), { target_width: 640 }))).toEqual([640, 1]);
  expect(sizeOf(await resize(gradient(16_384, 1), { target_width: 100, target_height: 100, resize_mode: 'fill' }))).toEqual([100, 100]);
});

test('a result past the limits is refused before any work', async () => {
  const error = await resize(gradient(2, 1), { target_width: 16_384, target_height: 16_384, resize_mode: 'stretch' }).catch(
    (thrown) => thrown,
  );
  expect(error).toMatchObject({ code: 'UNPROCESSABLE', extensions: { width: 16_384, height: 16_384, max_pixels: 100_000_000 } });
});
