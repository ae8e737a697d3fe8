/** All filters, in the order they are offered. */
import { z } from 'zod';
import { annotate } from './annotate/annotate.ts';
import { defineFilter, type Filter } from './filter.ts';
import { blur } from './filters/blur.ts';
import { clahe } from './filters/clahe.ts';
import { crop, rotate } from './filters/geometry.ts';
import { edge, median, sharpen } from './filters/neighbourhood.ts';
import { brightnessContrast, gamma, grayscale, threshold } from './filters/tone.ts';

const none = defineFilter({
  name: 'none',
  label: { ja: 'なし', en: 'None' },
  parameters: z.strictObject({}),
  apply: ({ pixels }) => ({ pixels }),
});

export const filters: readonly Filter[] = [
  none,
  blur,
  sharpen,
  edge,
  grayscale,
  median,
  threshold,
  brightnessContrast,
  gamma,
  clahe,
  crop,
  rotate,
  annotate,
];

export const filterNames: readonly string[] = filters.map((filter) => filter.name);

export const filterByName: ReadonlyMap<string, Filter> = new Map(filters.map((filter) => [filter.name, filter]));
