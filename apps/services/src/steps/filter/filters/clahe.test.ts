import { expect, test } from 'vitest';
import type { Pixels } from '../../../image/source.ts';
import { applyFilter } from '../../../testing/filters.ts';
import { gradient, largestDifference, paint, pixelAt, texture } from '../../../testing/pixels.ts';
import { luma } from '../../../testing/reference.ts';

const grey = (level: number) => [level, level, level] as const;

test('one tile and no clipping is plain histogram equalisation', async () => {
  // 40 × the mean count is never reached by 64 levels in equal numbers.
  const picture = paint(64, 16, (x) => grey(100 + (x % 64)));
  const { pixels } = await applyFilter('clahe', picture, { tiles: 1, clip_limit: 40 });
  const expected = paint(64, 16, (x) => grey(Math.round(((x + 1) / 64) * 255)));
  expect(largestDifference(pixels, expected)).toBeLessThanOrEqual(1);
});

test('it is the blend of the four nearest tiles, each equalised with a bounded slope', async () => {
  const colours = texture(60, 44, 7);
  const picture = paint(60, 44, (x, y) => grey(pixelAt(colours, x, y)[0]));
  const { pixels } = await applyFilter('clahe', picture, { tiles: 4, clip_limit: 3 });
  // The filter rounds its tables, the reference does not.
  expect(largestDifference(pixels, textbookClahe(picture, 4, 3))).toBeLessThanOrEqual(1);
});

test('it raises contrast in the dark part and in the bright part of one picture', async () => {
  const faint = paint(128, 64, (x, y) => grey((x < 64 ? 40 : 200) + (((x >> 2) + (y >> 2)) % 2) * 8));
  const { pixels } = await applyFilter('clahe', faint, { clip_limit: 40, tiles: 4 });
  const contrast = (x: number) => Math.abs(pixelAt(pixels, x, 32)[0] - pixelAt(pixels, x + 4, 32)[0]);
  expect(contrast(20)).toBeGreaterThan(16);
  expect(contrast(100)).toBeGreaterThan(16);
});

test('it keeps the difference between the channels', async () => {
  const { pixels } = await applyFilter('clahe', gradient(64, 64), { clip_limit: 2 });
  const [before, after] = [pixelAt(gradient(64, 64), 32, 32), pixelAt(pixels, 32, 32)];
  expect(after[0] - after[1]).toBe(before[0] - before[1]);
});

test('more tiles than pixels are as many tiles as pixels', async () => {
  expect((await applyFilter('clahe', gradient(3, 2), { tiles: 32 })).pixels).toMatchObject({ width: 3, height: 2 });
});

/** Zuiderveld 1994, in floating point, a pixel at a time. */
function textbookClahe(picture: Pixels, tiles: number, clipLimit: number): Pixels {
  const { width, height } = picture;
  const level = (x: number, y: number) => Math.round(luma(pixelAt(picture, x, y)));
  const table = (tileX: number, tileY: number): number[] => {
    const counts = new Array<number>(256).fill(0);
    let total = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (Math.floor((x * tiles) / width) !== tileX || Math.floor((y * tiles) / height) !== tileY) continue;
        counts[level(x, y)] = (counts[level(x, y)] ?? 0) + 1;
        total += 1;
      }
    }
    const limit = Math.max(1, (clipLimit * total) / 256);
    const excess = counts.reduce((sum, count) => sum + Math.max(0, count - limit), 0);
    let below = 0;
    return counts.map((count) => {
      below += Math.min(count, limit) + excess / 256;
      return (below * 255) / total;
    });
  };
  const tables = Array.from({ length: tiles }, (_, y) => Array.from({ length: tiles }, (_, x) => table(x, y)));
  const weight = (at: number, length: number, tile: number) => {
    const centre = ((tile + 0.5) * length) / tiles;
    const distance = Math.abs(at + 0.5 - centre) * (tiles / length);
    const isOuter = (tile === 0 && at + 0.5 < centre) || (tile === tiles - 1 && at + 0.5 > centre);
    return isOuter ? 1 : Math.max(0, 1 - distance);
  };
  return paint(width, height, (x, y) => {
    let equalised = 0;
    for (let tileY = 0; tileY < tiles; tileY++) {
      for (let tileX = 0; tileX < tiles; tileX++) {
        equalised += weight(x, width, tileX) * weight(y, height, tileY) * (tables[tileY]?.[tileX]?.[level(x, y)] ?? 0);
      }
    }
    const change = equalised - level(x, y);
    const [red, green, blue] = pixelAt(picture, x, y);
    const clip = (value: number) => Math.max(0, Math.min(255, Math.round(value)));
    return [clip(red + change), clip(green + change), clip(blue + change)];
  });
}
