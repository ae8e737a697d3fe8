/** Filters that change each pixel by itself. */

import { labelled } from '@imageflow/schema';
import { z } from 'zod';
import { defineFilter } from '../filter.ts';
import { fromLuma, histogram, levelTable, mapLevels, toLuma } from '../luma.ts';

export const grayscale = defineFilter({
  name: 'grayscale',
  label: { ja: 'グレースケール', en: 'Grayscale' },
  parameters: z.strictObject({}),
  apply: ({ pixels }) => ({ pixels: fromLuma(toLuma(pixels), pixels) }),
});

export const brightnessContrast = defineFilter({
  name: 'brightness_contrast',
  label: { ja: '明るさ・コントラスト', en: 'Brightness and contrast' },
  parameters: z.strictObject({
    brightness: z
      .number()
      .min(-100)
      .max(100)
      .default(0)
      .meta(
        labelled(
          { en: 'Brightness', ja: '明るさ' },
          { en: '-100 black to 100 white, 0 unchanged', ja: '-100 で黒、100 で白、0 は変更なし' },
        ),
      ),
    contrast: z
      .number()
      .min(-100)
      .max(100)
      .default(0)
      .meta(
        labelled(
          { en: 'Contrast', ja: 'コントラスト' },
          { en: '-100 flat grey to 100 fourfold, 0 unchanged', ja: '-100 で一様な灰色、100 で 4 倍、0 は変更なし' },
        ),
      ),
  }),
  apply({ pixels }, { brightness, contrast }) {
    const gain = contrast < 0 ? 1 + contrast / 100 : 1 + (3 * contrast) / 100;
    const table = levelTable((level) => (level - 128) * gain + 128 + brightness * 2.55);
    return { pixels: { ...pixels, data: mapLevels(pixels.data, table) } };
  },
});

export const gamma = defineFilter({
  name: 'gamma',
  label: { ja: 'ガンマ補正', en: 'Gamma' },
  parameters: z.strictObject({
    gamma: z
      .number()
      .min(0.1)
      .max(10)
      .default(1.5)
      .meta(
        labelled(
          { en: 'Gamma', ja: 'ガンマ' },
          { en: 'Above 1 brightens the shadows, below 1 darkens', ja: '1 より大きいと暗部が明るく、小さいと暗くなります' },
        ),
      ),
  }),
  apply({ pixels }, { gamma: exponent }) {
    const table = levelTable((level) => 255 * (level / 255) ** (1 / exponent));
    return { pixels: { ...pixels, data: mapLevels(pixels.data, table) } };
  },
});

export const threshold = defineFilter({
  name: 'threshold',
  label: { ja: '二値化', en: 'Threshold' },
  parameters: z.strictObject({
    method: z
      .enum(['fixed', 'otsu'])
      .default('fixed')
      .meta(
        labelled(
          { en: 'Method', ja: '方法' },
          {
            en: 'fixed uses the value; otsu finds the value that separates dark and bright best',
            ja: 'fixed は値を使用、otsu は明暗を最もよく分ける値を自動で決定',
          },
        ),
      ),
    value: z
      .number()
      .min(0)
      .max(255)
      .default(128)
      .meta(labelled({ en: 'Value', ja: 'しきい値' }, { en: 'Levels from here on become white', ja: 'この値以上が白になります' })),
    invert: z
      .boolean()
      .default(false)
      .meta(labelled({ en: 'Invert', ja: '反転' }, { en: 'White becomes black and black white', ja: '白と黒を入れ替えます' })),
  }),
  apply({ pixels }, { method, value, invert }) {
    const luma = toLuma(pixels);
    const limit = method === 'otsu' ? otsuLevel(histogram(luma)) : value;
    const table = levelTable((level) => (level >= limit !== invert ? 255 : 0));
    return { pixels: fromLuma(mapLevels(luma, table), pixels) };
  },
});

/** The level that maximises the variance between the two classes (Otsu 1979); the bright class starts there. */
function otsuLevel(counts: Uint32Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const weighted = counts.reduce((sum, count, level) => sum + count * level, 0);
  let [darkCount, darkSum, best, bestVariance] = [0, 0, 128, -1];
  for (let level = 0; level < 255; level++) {
    darkCount += counts[level] ?? 0;
    darkSum += (counts[level] ?? 0) * level;
    if (darkCount === 0 || darkCount === total) continue;
    const difference = darkSum / darkCount - (weighted - darkSum) / (total - darkCount);
    const variance = darkCount * (total - darkCount) * difference * difference;
    if (variance > bestVariance) [best, bestVariance] = [level + 1, variance];
  }
  return best;
}
