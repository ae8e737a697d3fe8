/** Filters that look at the pixels around each pixel. */
import { z } from 'zod';
import { fromPixels, toPixels } from '../../image/open.ts';
import type { Pixels } from '../../image/source.ts';
import { defineFilter } from '../filter.ts';
import { labelled } from '../labelled.ts';
import { fromLuma, toLuma } from '../luma.ts';

export const median = defineFilter({
  name: 'median',
  label: { ja: 'メディアン', en: 'Median' },
  parameters: z.strictObject({
    size: z
      .literal([3, 5, 7])
      .default(3)
      .meta(labelled('Size', '窓の大きさ', 'Side of the square window, pixels', '正方形の窓の一辺 (ピクセル)')),
  }),
  apply: async ({ pixels }, { size }) => ({ pixels: await medianPixels(pixels, size) }),
});

export const sharpen = defineFilter({
  name: 'sharpen',
  label: { ja: 'シャープ', en: 'Sharpen' },
  parameters: z.strictObject({
    amount: z
      .number()
      .min(0)
      .max(5)
      .default(1)
      .meta(labelled('Amount', '強さ', '0 unchanged, 1 clear, 5 extreme', '0 は変更なし、1 ははっきり、5 は極端')),
  }),
  apply: ({ pixels }, { amount }) => ({ pixels: sharpenPixels(pixels, amount) }),
});

export const edge = defineFilter({
  name: 'edge',
  label: { ja: 'エッジ検出', en: 'Edges' },
  parameters: z.strictObject({
    threshold: z
      .number()
      .min(0)
      .max(255)
      .default(0)
      .meta(
        labelled(
          'Threshold',
          'しきい値',
          'Above 0: edges at least this strong become white, all else black',
          '0 より大きいと、この強さ以上のエッジを白、他を黒にします',
        ),
      ),
  }),
  apply: ({ pixels }, { threshold }) => ({ pixels: sobel(pixels, threshold) }),
});

/** libvips refuses images smaller than its window, so those get a border of their outermost pixels first. */
async function medianPixels(pixels: Pixels, size: number): Promise<Pixels> {
  if (pixels.width >= size && pixels.height >= size) return toPixels(fromPixels(pixels).median(size), 'raw');
  const wide = await toPixels(fromPixels(pixels).extend({ top: size, bottom: size, left: size, right: size, extendWith: 'copy' }), 'raw');
  const filtered = await toPixels(fromPixels(wide).median(size), 'raw');
  return toPixels(fromPixels(filtered).extract({ left: size, top: size, width: pixels.width, height: pixels.height }), 'raw');
}

/** p + 2 · amount · (p − mean of its four neighbours); the border repeats outwards, levels are clipped. */
function sharpenPixels({ data, width, height }: Pixels, amount: number): Pixels {
  const sharpened = new Uint8ClampedArray(data.length);
  const rowBytes = width * 3;
  const centre = 1 + 2 * amount;
  const side = amount / 2;
  for (let y = 0; y < height; y++) {
    const row = y * rowBytes;
    const above = y === 0 ? row : row - rowBytes;
    const below = y === height - 1 ? row : row + rowBytes;
    for (let x = 0; x < rowBytes; x++) {
      const left = x < 3 ? x : x - 3;
      const right = x >= rowBytes - 3 ? x : x + 3;
      const around = (data[above + x] ?? 0) + (data[below + x] ?? 0) + (data[row + left] ?? 0) + (data[row + right] ?? 0);
      sharpened[row + x] = centre * (data[row + x] ?? 0) - side * around;
    }
  }
  return { data: Buffer.from(sharpened.buffer), width, height };
}

/** Strength of the brightness gradient (Sobel), |gx| + |gy| halved, clipped to 255. */
function sobel(pixels: Pixels, threshold: number): Pixels {
  const { width, height } = pixels;
  const luma = toLuma(pixels);
  const strength = new Uint8ClampedArray(luma.length);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, at = y * width + 1; x < width - 1; x++, at++) {
      const [nw, n, ne] = [luma[at - width - 1] ?? 0, luma[at - width] ?? 0, luma[at - width + 1] ?? 0];
      const [w, e] = [luma[at - 1] ?? 0, luma[at + 1] ?? 0];
      const [sw, s, se] = [luma[at + width - 1] ?? 0, luma[at + width] ?? 0, luma[at + width + 1] ?? 0];
      const gx = ne + 2 * e + se - nw - 2 * w - sw;
      const gy = sw + 2 * s + se - nw - 2 * n - ne;
      const level = (Math.abs(gx) + Math.abs(gy)) >> 1;
      strength[at] = threshold === 0 ? level : level >= threshold ? 255 : 0;
    }
  }
  return fromLuma(new Uint8Array(strength.buffer), pixels);
}
