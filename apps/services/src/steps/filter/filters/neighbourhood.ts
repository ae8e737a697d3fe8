/** Filters that look at the pixels around each pixel. */

import { labelled } from '@imageflow/schema';
import { z } from 'zod';
import { fromPixels, toPixels } from '../../../image/open.ts';
import type { Pixels } from '../../../image/source.ts';
import { defineFilter } from '../filter.ts';
import { fromLuma, toLuma } from '../luma.ts';

export const median = defineFilter({
  name: 'median',
  label: { ja: 'メディアン', en: 'Median' },
  parameters: z.strictObject({
    size: z
      .literal([3, 5, 7])
      .default(3)
      .meta(labelled({ en: 'Size', ja: '窓の大きさ' }, { en: 'Side of the square window, pixels', ja: '正方形の窓の一辺 (ピクセル)' })),
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
      .meta(labelled({ en: 'Amount', ja: '強さ' }, { en: '0 unchanged, 1 clear, 5 extreme', ja: '0 は変更なし、1 ははっきり、5 は極端' })),
  }),
  apply: async ({ pixels }, { amount }) => ({ pixels: await sharpenPixels(pixels, amount) }),
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
          { en: 'Threshold', ja: 'しきい値' },
          {
            en: 'Above 0: edges at least this strong become white, all else black',
            ja: '0 より大きいと、この強さ以上のエッジを白、他を黒にします',
          },
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

/**
 * p + 2 · amount · (p − mean of its four neighbours); the border repeats outwards, levels are clipped. Not sharp's own sharpen, which works on
 * lightness alone and takes far longer. The result is cut off on its way back to levels, so half a level is added first.
 */
function sharpenPixels(pixels: Pixels, amount: number): Promise<Pixels> {
  const side = -amount / 2;
  const kernel = [0, side, 0, side, 1 - 4 * side, side, 0, side, 0];
  return toPixels(fromPixels(pixels).convolve({ width: 3, height: 3, kernel }).linear(1, 0.5), 'raw');
}

/** Strength of the brightness gradient (Sobel), |gx| + |gy| halved, clipped to 255; black along the border. */
function sobel(pixels: Pixels, threshold: number): Pixels {
  const { width, height } = pixels;
  const luma = toLuma(pixels);
  const strength = new Uint8ClampedArray(luma.length);
  const at = (place: number) => luma[place] ?? 0;
  for (let y = 1; y < height - 1; y++) {
    for (let place = y * width + 1; place < (y + 1) * width - 1; place++) {
      const above = place - width;
      const below = place + width;
      const rightDown = at(below + 1) - at(above - 1);
      const rightUp = at(above + 1) - at(below - 1);
      const gx = rightDown + rightUp + 2 * (at(place + 1) - at(place - 1));
      const gy = rightDown - rightUp + 2 * (at(below) - at(above));
      const level = (Math.abs(gx) + Math.abs(gy)) >> 1;
      strength[place] = threshold === 0 ? level : level >= threshold ? 255 : 0;
    }
  }
  return fromLuma(new Uint8Array(strength.buffer), pixels);
}
