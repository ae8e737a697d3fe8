/** Contrast-limited adaptive histogram equalisation (Zuiderveld 1994) of the brightness; colours keep their difference to it. */

import { labelled } from '@imageflow/schema';
import { z } from 'zod';
import type { Pixels } from '../../../image/source.ts';
import { defineFilter } from '../filter.ts';
import { toLuma } from '../luma.ts';

export const clahe = defineFilter({
  name: 'clahe',
  label: { ja: 'CLAHE (局所コントラスト)', en: 'CLAHE (local contrast)' },
  parameters: z.strictObject({
    clip_limit: z
      .number()
      .min(1)
      .max(40)
      .default(2)
      .meta(
        labelled(
          { en: 'Clip limit', ja: 'クリップ上限' },
          { en: 'How far contrast may rise; 1 changes little', ja: 'コントラストを上げる限度。1 はほぼ変化なし' },
        ),
      ),
    tiles: z
      .int()
      .min(1)
      .max(32)
      .default(8)
      .meta(labelled({ en: 'Tiles', ja: 'タイル数' }, { en: 'Tiles a side that are equalised each', ja: '一辺あたりのタイル数' })),
  }),
  apply: ({ pixels }, { clip_limit, tiles }) => ({ pixels: equalise(pixels, clip_limit, tiles) }),
});

interface Grid {
  readonly across: number;
  readonly down: number;
  /** One table of 256 levels a tile, row by row. */
  readonly tables: readonly Uint8Array[];
}

function equalise(pixels: Pixels, clipLimit: number, tiles: number): Pixels {
  const { width, height, data } = pixels;
  const luma = toLuma(pixels);
  const grid = buildGrid(luma, width, height, clipLimit, tiles);
  const equalised = new Uint8ClampedArray(data.length);
  const columns = Array.from({ length: width }, (_, x) => neighbours(x, width, grid.across));
  for (let y = 0; y < height; y++) {
    const row = neighbours(y, height, grid.down);
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const level = luma[at] ?? 0;
      const change = blend(grid, row, columns[x] ?? row, level) - level;
      for (let channel = at * 3; channel < at * 3 + 3; channel++) equalised[channel] = (data[channel] ?? 0) + change;
    }
  }
  return { data: Buffer.from(equalised.buffer), width, height };
}

function buildGrid(luma: Uint8Array, width: number, height: number, clipLimit: number, tiles: number): Grid {
  const [across, down] = [Math.min(tiles, width), Math.min(tiles, height)];
  const tables: Uint8Array[] = [];
  for (let tileY = 0; tileY < down; tileY++) {
    for (let tileX = 0; tileX < across; tileX++) {
      const [left, right] = [Math.floor((tileX * width) / across), Math.floor(((tileX + 1) * width) / across)];
      const [top, bottom] = [Math.floor((tileY * height) / down), Math.floor(((tileY + 1) * height) / down)];
      const counts = new Float64Array(256);
      for (let y = top; y < bottom; y++) {
        for (let at = y * width + left; at < y * width + right; at++) {
          const level = luma[at] ?? 0;
          counts[level] = (counts[level] ?? 0) + 1;
        }
      }
      tables.push(equalisingTable(counts, (right - left) * (bottom - top), clipLimit));
    }
  }
  return { across, down, tables };
}

/** Counts above the limit are spread evenly over all levels, which bounds the slope of the table. */
function equalisingTable(counts: Float64Array, total: number, clipLimit: number): Uint8Array {
  const limit = Math.max(1, (clipLimit * total) / 256);
  const excess = counts.reduce((sum, count) => sum + Math.max(0, count - limit), 0);
  const table = new Uint8Array(256);
  let below = 0;
  for (let level = 0; level < 256; level++) {
    below += Math.min(counts[level] ?? 0, limit) + excess / 256;
    table[level] = Math.min(255, Math.round((below * 255) / total));
  }
  return table;
}

interface Neighbours {
  readonly first: number;
  readonly second: number;
  /** Weight of `second`, 0 to 1. */
  readonly weight: number;
}

/** The two tiles whose centres enclose a position. */
function neighbours(position: number, length: number, tiles: number): Neighbours {
  const inTiles = ((position + 0.5) * tiles) / length - 0.5;
  const first = Math.max(0, Math.floor(inTiles));
  return { first, second: Math.min(tiles - 1, first + 1), weight: Math.min(1, Math.max(0, inTiles - first)) };
}

function blend(grid: Grid, row: Neighbours, column: Neighbours, level: number): number {
  const { tables, across } = grid;
  const top = row.first * across;
  const bottom = row.second * across;
  const nw = tables[top + column.first]?.[level] ?? level;
  const ne = tables[top + column.second]?.[level] ?? level;
  const sw = tables[bottom + column.first]?.[level] ?? level;
  const se = tables[bottom + column.second]?.[level] ?? level;
  const upper = nw + (ne - nw) * column.weight;
  return upper + (sw + (se - sw) * column.weight - upper) * row.weight;
}
