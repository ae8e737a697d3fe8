import { classColour, type Detection, type Transform } from '@imageflow/core';
import { expect, test } from 'vitest';
import type { Pixels } from '../../../image/source.ts';
import { applyFilter } from '../../../testing/filters.ts';
import { largestDifference, paint, pixelAt } from '../../../testing/pixels.ts';

const canvas = paint(200, 120, () => [240, 240, 240]);
const box = { x: 40, y: 50, width: 60, height: 30 };
const scratch: Detection = { class_name: 'scratch', class_id: 0, confidence: 0.87, bbox: box, bbox_original: box };
const colour = classColour('scratch');

const isDrawn = (pixels: Pixels, x: number, y: number) => pixelAt(pixels, x, y).join() === colour.join();

test('a frame of the wanted width runs just inside the box, and nothing else changes', async () => {
  const { pixels } = await applyFilter('annotate', canvas, { show_labels: false, line_width: 3 }, { detections: [scratch] });
  for (let y = 0; y < 120; y++) {
    for (let x = 0; x < 200; x++) {
      const isInside = x >= 40 && x < 100 && y >= 50 && y < 80;
      const isCore = x >= 43 && x < 97 && y >= 53 && y < 77;
      expect([x, y, isDrawn(pixels, x, y)]).toEqual([x, y, isInside && !isCore]);
    }
  }
});

test('the box is drawn where the original says, whatever happened to the image in between', async () => {
  // A quarter of the size, then 10 pixels cut off at the left.
  const transform: Transform = { a: 0.25, b: 0, tx: -10, c: 0, d: 0.25, ty: 0, original_width: 800, original_height: 480 };
  const bbox_original = { x: 200, y: 200, width: 240, height: 120 };
  const moved = { ...scratch, bbox_original, bbox: { x: 1, y: 1, width: 2, height: 2 } };
  const { pixels } = await applyFilter('annotate', canvas, { show_labels: false, line_width: 1 }, { detections: [moved], transform });
  expect([isDrawn(pixels, 40, 50), isDrawn(pixels, 99, 79), isDrawn(pixels, 39, 50), isDrawn(pixels, 100, 79)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('boxes that reach out of the image are clipped', async () => {
  const outside = { ...scratch, bbox_original: { x: -50, y: -50, width: 5000, height: 5000 } };
  const away = { ...scratch, bbox_original: { x: 900, y: 900, width: 10, height: 10 } };
  const { pixels } = await applyFilter('annotate', canvas, {}, { detections: [outside, away] });
  expect(pixels).toMatchObject({ width: 200, height: 120 });
});

test('the label stands above its box, in Japanese too, and below the top edge when there is no room', async () => {
  const labelPixels = (pixels: Pixels, fromY: number, toY: number): number => {
    let count = 0;
    for (let y = fromY; y < toY; y++) for (let x = 40; x < 100; x++) if (pixelAt(pixels, x, y).join() !== '240,240,240') count += 1;
    return count;
  };
  const japanese = { ...scratch, class_name: '傷' };
  const { pixels } = await applyFilter('annotate', canvas, {}, { detections: [japanese] });
  expect(labelPixels(pixels, 30, 50)).toBeGreaterThan(200);

  const high = { ...scratch, bbox_original: { ...box, y: 2 } };
  const atTop = (await applyFilter('annotate', canvas, {}, { detections: [high] })).pixels;
  expect(labelPixels(atTop, 4, 20)).toBeGreaterThan(200);
});

test('a label that looks like markup is written as it is', async () => {
  const named = (class_name: string) => applyFilter('annotate', canvas, {}, { detections: [{ ...scratch, class_name }] });
  const { pixels } = await named('<b>&amp;</b> \u0000\u202e');
  expect(pixels).toMatchObject({ width: 200, height: 120 });
  expect((await named('')).pixels).toMatchObject({ width: 200 });
});

test('weak detections are left out, and the strongest lie on top', async () => {
  const weak = { ...scratch, class_name: 'weak', confidence: 0.2 };
  const hidden = await applyFilter('annotate', canvas, { min_confidence: 0.5 }, { detections: [weak] });
  expect(largestDifference(hidden.pixels, canvas)).toBe(0);
  const both = await applyFilter('annotate', canvas, { show_labels: false }, { detections: [scratch, weak] });
  expect(isDrawn(both.pixels, 40, 50)).toBe(true);
});

test('the picture that came in stays as it was', async () => {
  const before = Buffer.from(canvas.data);
  await applyFilter('annotate', canvas, {}, { detections: [scratch] });
  expect(before.equals(canvas.data)).toBe(true);
});
