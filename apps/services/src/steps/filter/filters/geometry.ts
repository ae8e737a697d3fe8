/** Filters that move pixels, and say where they moved them. */
import { type AffineMap, AppError, type LocalizedText } from '@imageflow/core';
import { labelled } from '@imageflow/schema';
import { z } from 'zod';
import { fromPixels, toPixels } from '../../../image/open.ts';
import type { Pixels } from '../../../image/source.ts';
import { defineFilter, type FilterOutput } from '../filter.ts';

const offset = (label: LocalizedText) =>
  z
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .meta(labelled(label, { en: 'Pixels from the top left corner', ja: '左上からのピクセル数' }));
const length = (label: LocalizedText) =>
  z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .meta(labelled(label, { en: 'Pixels; absent = to the edge of the image', ja: 'ピクセル数。省略すると画像の端まで' }));

export const crop = defineFilter({
  name: 'crop',
  label: { ja: '切り抜き', en: 'Crop' },
  parameters: z.strictObject({
    x: offset({ en: 'Left', ja: '左' }),
    y: offset({ en: 'Top', ja: '上' }),
    width: length({ en: 'Width', ja: '幅' }),
    height: length({ en: 'Height', ja: '高さ' }),
  }),
  apply({ pixels }, { x, y, width = pixels.width - x, height = pixels.height - y }) {
    if (width < 1 || height < 1 || x + width > pixels.width || y + height > pixels.height) throw outside({ x, y, width, height }, pixels);
    const map = { a: 1, b: 0, tx: -x, c: 0, d: 1, ty: -y };
    return { pixels: cutOut(pixels, x, y, width, height), map };
  },
});

export const rotate = defineFilter({
  name: 'rotate',
  label: { ja: '回転', en: 'Rotate' },
  parameters: z.strictObject({
    angle: z
      .number()
      .min(-360)
      .max(360)
      .default(90)
      .meta(
        labelled(
          { en: 'Angle', ja: '角度' },
          { en: 'Degrees clockwise; the image grows so that nothing is lost', ja: '時計回りの角度 (度)。はみ出さないよう画像を広げます' },
        ),
      ),
    background: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/)
      .default('#000000')
      .meta(labelled({ en: 'Background', ja: '背景色' }, { en: 'Colour of the new corners, #rrggbb', ja: '余白の色 (#rrggbb)' })),
  }),
  apply({ pixels, maxPixels }, { angle, background }) {
    const turn = ((angle % 360) + 360) % 360;
    refuseTooLarge(pixels, turn, maxPixels);
    return rotatePixels(pixels, turn, background);
  },
});

function cutOut({ data, width: fullWidth }: Pixels, x: number, y: number, width: number, height: number): Pixels {
  const part = Buffer.allocUnsafe(width * height * 3);
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * fullWidth + x) * 3;
    part.set(data.subarray(from, from + width * 3), row * width * 3);
  }
  return { data: part, width, height };
}

/** A turn by 45° can double the pixels. */
function refuseTooLarge({ width, height }: Pixels, angle: number, maxPixels: number): void {
  const [sin, cos] = sinCos(angle).map(Math.abs) as [number, number];
  const [wide, high] = [Math.ceil(width * cos + height * sin), Math.ceil(width * sin + height * cos)];
  if (wide * high <= maxPixels) return;
  const limit = (maxPixels / 1e6).toFixed(1);
  throw new AppError('UNPROCESSABLE', {
    detail: {
      ja: `回転後の大きさ ${wide}×${high} は上限 ${limit} メガピクセルを超えます`,
      en: `The rotated image of ${wide}×${high} would exceed the limit of ${limit} megapixels`,
    },
    extensions: { width: wide, height: high, max_pixels: maxPixels },
  });
}

async function rotatePixels(pixels: Pixels, angle: number, background: string): Promise<FilterOutput> {
  if (angle === 0) return { pixels };
  const turned = await toPixels(fromPixels(pixels).rotate(angle, { background }), 'raw');
  return { pixels: turned, map: Number.isInteger(angle / 90) ? quarterMap(pixels, turned, angle) : turnMap(pixels, angle) };
}

/** The centre stays the centre. */
function quarterMap(before: Pixels, after: Pixels, angle: number): AffineMap {
  const [sin, cos] = sinCos(angle);
  const [fromX, fromY, toX, toY] = [before.width / 2, before.height / 2, after.width / 2, after.height / 2];
  return { a: cos, b: -sin, tx: toX - cos * fromX + sin * fromY, c: sin, d: cos, ty: toY - sin * fromX - cos * fromY };
}

/** libvips turns the centres of pixels around the first one, and begins the result at the rounded corner of the turned frame. */
function turnMap({ width, height }: Pixels, angle: number): AffineMap {
  const [sin, cos] = sinCos(angle);
  const left = Math.round(Math.min(0, cos * width, -sin * height, cos * width - sin * height));
  const top = Math.round(Math.min(0, sin * width, cos * height, sin * width + cos * height));
  const [halfX, halfY] = [0.5 - 0.5 * (cos - sin), 0.5 - 0.5 * (sin + cos)];
  return { a: cos, b: -sin, tx: halfX - left, c: sin, d: cos, ty: halfY - top };
}

/** Exact at quarter turns, where Math.cos(π/2) is 6e-17. */
function sinCos(angle: number): readonly [number, number] {
  const quarter = [
    [0, 1],
    [1, 0],
    [0, -1],
    [-1, 0],
  ] as const;
  const exact = Number.isInteger(angle / 90) ? quarter[angle / 90] : undefined;
  const radians = (angle * Math.PI) / 180;
  return exact ?? [Math.sin(radians), Math.cos(radians)];
}

function outside(asked: { x: number; y: number; width: number; height: number }, image: Pixels): AppError {
  const area = `x=${asked.x}, y=${asked.y}, ${asked.width}×${asked.height}`;
  return new AppError('UNPROCESSABLE', {
    detail: {
      ja: `切り抜き範囲 (${area}) が画像 ${image.width}×${image.height} の外に出ています`,
      en: `The crop (${area}) lies outside the image of ${image.width}×${image.height}`,
    },
  });
}
