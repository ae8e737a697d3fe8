import { AppError } from '@imageflow/core';
import { describe, expect, test } from 'vitest';
import { defaultImageLimits } from '../../image/limits.ts';
import type { Pixels } from '../../image/source.ts';
import type { ComponentOutput } from '../../scaffold/component.ts';
import { applyFilter } from '../../testing/filters.ts';
import { gradient, largestDifference, paint, texture } from '../../testing/pixels.ts';
import { createApplyFilter, createApplyQualityFilter } from './components.ts';
import { measureQuality } from './measures.ts';

const grey = (level: number) => [level, level, level] as const;

describe('a measure', () => {
  test('of sharpness is the variance of the Laplacian, known for a chessboard', () => {
    // Each inner pixel differs from all four neighbours by 100: ±400, on average 0.
    const board = paint(20, 20, (x, y) => grey((x + y) % 2 === 0 ? 100 : 200));
    expect(measureQuality(board).sharpness).toBeCloseTo(160_000, 0);
    expect(measureQuality(paint(20, 20, () => grey(100)))).toMatchObject({ sharpness: 0, noise_sigma: 0, exposure_mean: 100 });
  });

  test('of sharpness falls when the picture is blurred', async () => {
    const picture = texture(100, 80);
    const { pixels } = await applyFilter('blur', picture, { sigma: 2 });
    expect(measureQuality(pixels).sharpness).toBeLessThan(measureQuality(picture).sharpness / 20);
  });

  test.each([2, 5, 10])('of noise is the sigma of Gaussian noise of %d levels, within 10 %', (sigma) => {
    const random = gaussian();
    const noisy = paint(200, 200, (x) => grey(Math.round(100 + x / 10 + sigma * random())));
    const measured = measureQuality(noisy).noise_sigma;
    expect(measured).toBeGreaterThan(0.9 * sigma);
    expect(measured).toBeLessThan(1.1 * sigma);
  });

  test('of exposure counts what is black and what is white', () => {
    const third = paint(30, 10, (x) => grey(x < 10 ? 0 : x < 20 ? 120 : 255));
    const { exposure_mean, clipped_dark, clipped_bright } = measureQuality(third);
    expect(exposure_mean).toBeCloseTo(125, 5);
    expect([clipped_dark, clipped_bright]).toEqual([1 / 3, 1 / 3]);
  });

  test('of an image below 3 × 3 pixels exists', () => {
    expect(measureQuality(gradient(2, 2))).toMatchObject({ sharpness: 0, noise_sigma: 0 });
  });
});

describe('ApplyQualityFilter', () => {
  const component = createApplyQualityFilter(defaultImageLimits);
  const run = async (given: Pixels, parameters: Record<string, unknown>): Promise<ComponentOutput & { pixels: Pixels | undefined }> => {
    const input = { image: { kind: 'pixels', pixels: given }, parameters, detections: [], transform: undefined } as const;
    const output = await component.run(input, new AbortController().signal);
    return { ...output, pixels: await output.image?.pixels() };
  };
  const dark = paint(30, 30, () => grey(9));

  test('without limits measures and changes nothing', async () => {
    const output = await run(gradient(40, 30), {});
    expect(Object.keys(output.measures).sort()).toEqual(['clipped_bright', 'clipped_dark', 'exposure_mean', 'noise_sigma', 'sharpness']);
    expect(output.attributes).toEqual({ quality: { passed: true, faults: [] } });
    expect(largestDifference(output.pixels ?? dark, gradient(40, 30))).toBe(0);
  });

  test('reports a photo beyond its limits, and goes on', async () => {
    const output = await run(dark, { min_exposure: 40, min_sharpness: 10 });
    expect(output.attributes).toMatchObject({
      quality: { passed: false, faults: [{ measure: 'sharpness' }, { measure: 'exposure_mean' }] },
    });
    expect(output.pixels).toBeDefined();
  });

  test('fails the step on a bad photo when told to, with measure, limit and what to do', async () => {
    const error = await run(dark, { min_exposure: 40, on_fail: 'fail' }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'QUALITY_REJECTED', retryable: false });
    expect(error.detail.en).toBe('The photo is too dark (exposure_mean 9 < 40). Take it again');
    expect(error.detail.ja).toContain('撮り直してください');
    expect(error.extensions.measures).toMatchObject({ exposure_mean: 9 });
  });

  test('measures what came in, not what its filter makes of it', async () => {
    const output = await run(dark, { filter_type: 'brightness_contrast', parameters: { brightness: 50 } });
    expect(output.measures.exposure_mean).toBe(9);
    expect(output.pixels?.data[0]).toBeGreaterThan(100);
  });

  test.each([
    ['min_sharpness', 100_000],
    ['min_exposure', 130],
    ['max_exposure', 50],
    ['max_clipped_dark', 0.1],
    ['max_clipped_bright', 0.1],
    ['max_noise', 0],
  ])('watches %s', async (name, value) => {
    // A third black, a third in the middle, a third white, with a little noise.
    const picture = paint(60, 20, (x, y) => grey(x < 20 ? 0 : x < 40 ? 120 + ((x * 7 + y * 5) % 3) : 255));
    expect((await run(picture, { [name]: value })).attributes).toMatchObject({ quality: { passed: false } });
  });
});

test('a cropped image carries its transform on, composed with the one it came with', async () => {
  const component = createApplyFilter(defaultImageLimits);
  const transform = { a: 0.5, b: 0, tx: 0, c: 0, d: 0.5, ty: 0, original_width: 100, original_height: 80 };
  const input = {
    image: { kind: 'pixels', pixels: gradient(50, 40) },
    parameters: { filter_type: 'crop', parameters: { x: 5, y: 6 } },
    detections: [],
    transform,
  } as const;
  const output = await component.run(input, new AbortController().signal);
  expect(output.transform).toEqual({ ...transform, tx: -5, ty: -6 });
});

/** Box–Muller over a fixed sequence. */
function gaussian(): () => number {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / (2 ** 32 + 1);
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
