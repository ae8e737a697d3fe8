import { describe, expect, test } from 'vitest';
import { fromLetterbox, planLetterbox } from './letterbox.ts';

const square = { width: 640, height: 640 };

describe('the place of an image in a model input', () => {
  // As ultralytics' LetterBox (8.4.190) answers: image, inner size, left, top.
  test.each([
    [1920, 1080, 640, 360, 0, 140],
    [1080, 1920, 360, 640, 140, 0],
    [810, 1080, 480, 640, 80, 0],
    [320, 240, 640, 480, 0, 80],
    [640, 639, 640, 639, 0, 0],
    [640, 637, 640, 637, 0, 1],
    [1000, 999, 640, 639, 0, 0],
    [20_000, 10, 640, 1, 0, 319],
  ])('%d × %d becomes %d × %d at %d, %d', (width, height, innerWidth, innerHeight, left, top) => {
    expect(planLetterbox({ width, height }, square)).toMatchObject({
      width: 640,
      height: 640,
      inner: { width: innerWidth, height: innerHeight },
      left,
      top,
    });
  });

  test('with dynamic sides ends at the next multiple of the stride', () => {
    expect(planLetterbox({ width: 1920, height: 1080 }, square, 32)).toMatchObject({ width: 640, height: 384, left: 0, top: 12 });
    expect(planLetterbox({ width: 480, height: 640 }, square, 32)).toMatchObject({ width: 480, height: 640, left: 0, top: 0 });
  });

  test('halves are rounded to the even side, as Python does', () => {
    // 641 × 0.5 = 320.5 and 639 × 0.5 = 319.5.
    expect(planLetterbox({ width: 1280, height: 641 }, square).inner.height).toBe(320);
    expect(planLetterbox({ width: 1280, height: 639 }, square).inner.height).toBe(320);
  });
});

describe('the way back', () => {
  test('the whole inner image is the whole image, also where rounding made the axes differ', () => {
    for (const image of [
      { width: 1919, height: 1079 },
      { width: 333, height: 1001 },
      { width: 17, height: 5 },
    ]) {
      const plan = planLetterbox(image, square);
      const { left, top, inner } = plan;
      const box = fromLetterbox(plan, image, [left, top, left + inner.width, top + inner.height]);
      expect(box?.x).toBeCloseTo(0, 9);
      expect(box?.y).toBeCloseTo(0, 9);
      expect(box?.width).toBeCloseTo(image.width, 9);
      expect(box?.height).toBeCloseTo(image.height, 9);
    }
  });

  test('a box is cut at the edges; one in the padding is none', () => {
    const image = { width: 1920, height: 1080 };
    const plan = planLetterbox(image, square);
    expect(fromLetterbox(plan, image, [-50, 100, 320, 700])).toEqual({ x: 0, y: 0, width: 960, height: 1080 });
    expect(fromLetterbox(plan, image, [10, 5, 90, 100])).toBeUndefined();
    expect(fromLetterbox(plan, image, [Number.NaN, 0, 90, 400])).toBeUndefined();
  });
});
