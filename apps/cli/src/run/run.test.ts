/** The parts of a run that need no server. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { columns, formatTable } from '../table.ts';
import { annotate } from './annotate.ts';
import { findImages } from './images.ts';
import { parseParameters } from './parameters.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-run-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('parameters', () => {
  test('are values of steps, read as JSON where they are', () => {
    const words = [
      'resize.target_width=640',
      'detect.classes=["cat"]',
      'filter.parameters.sigma=1.5',
      'filter.filter_type=blur',
      'quality=90',
    ];
    expect(parseParameters(words)).toEqual({
      resize: { target_width: 640 },
      detect: { classes: ['cat'] },
      filter: { parameters: { sigma: 1.5 }, filter_type: 'blur' },
      quality: 90,
    });
  });

  test('keep what comes after the first equals sign', () => {
    expect(parseParameters(['a.b=c=d'])).toEqual({ a: { b: 'c=d' } });
  });

  test.each(['', '=1', 'a', 'a.=1', '.b=1', '__proto__.x=1', 'a.__proto__.x=1'])('"%s" is refused', (word) => {
    expect(() => parseParameters([word])).toThrow('is written step.key=value');
  });
});

describe('images', () => {
  test('of folders are found by their endings; named files are taken as they are', async () => {
    await mkdir(join(folder, 'photos/inner'), { recursive: true });
    for (const name of ['photos/b.JPG', 'photos/a.png', 'photos/notes.txt', 'photos/inner/a.webp', 'data.bin']) {
      await writeFile(join(folder, name), '');
    }
    const found = await findImages([join(folder, 'photos'), join(folder, 'data.bin')]);
    expect(found.map(({ name }) => name)).toEqual(['a.png', 'b.JPG', 'a-2.webp', 'data.bin']);
  });

  test('that are not there are named', async () => {
    await expect(findImages([join(folder, 'nowhere')])).rejects.toMatchObject({ code: 2 });
    await mkdir(join(folder, 'empty'));
    await expect(findImages([join(folder, 'empty')])).rejects.toMatchObject({ code: 2 });
  });
});

describe('an annotated image', () => {
  const box = { x: 80, y: 160, width: 240, height: 320 };
  const found = [{ class_name: 'scratch', confidence: 0.9, bbox_original: box }];

  /** The image itself is grey. */
  async function isDrawnAt(file: string, x: number, y: number): Promise<boolean> {
    const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
    const at = (y * info.width + x) * info.channels;
    const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
    return Math.max(red, green, blue) - Math.min(red, green, blue) > 40;
  }

  const grey = sharp({ create: { width: 800, height: 960, channels: 3, background: '#808080' } });

  test('is upright, with a box where the detection is', async () => {
    // Orientation 6: the file's pixels lie on their side.
    const lying = await grey.clone().rotate(270).jpeg().toBuffer();
    await sharp(lying).withMetadata({ orientation: 6 }).toFile(join(folder, 'lying.jpg'));
    const target = join(folder, 'lying.annotated.jpg');
    await annotate(join(folder, 'lying.jpg'), found, target);
    expect(await sharp(target).metadata()).toMatchObject({ width: 800, height: 960 });
    expect(await isDrawnAt(target, 80, 360)).toBe(true);
    expect(await isDrawnAt(target, 320, 360)).toBe(true);
    expect(await isDrawnAt(target, 200, 360)).toBe(false);
  });

  test('can be made of a BMP, which industrial cameras write', async () => {
    // Rows of 2400 bytes from the bottom up, grey: blue and red may change places.
    const [rows, header] = [await grey.clone().flip().removeAlpha().toColourspace('srgb').raw().toBuffer(), Buffer.alloc(54)];
    header.write('BM');
    for (const [at, value] of [
      [10, 54],
      [14, 40],
      [18, 800],
      [22, 960],
    ] as const)
      header.writeUInt32LE(value, at);
    header.writeUInt16LE(1, 26);
    header.writeUInt16LE(24, 28);
    await writeFile(join(folder, 'camera.bmp'), Buffer.concat([header, rows]));
    const target = join(folder, 'camera.annotated.jpg');
    await annotate(join(folder, 'camera.bmp'), found, target);
    expect(await isDrawnAt(target, 80, 360)).toBe(true);
    expect(await isDrawnAt(target, 560, 360)).toBe(false);
  });
});

test('columns of a table line up with Japanese in them', () => {
  const lines = formatTable(
    ['名前', 'n'],
    [
      ['a', '1'],
      ['品質検査', '2'],
    ],
  ).split('\n');
  expect(lines.map((line) => columns(line))).toEqual([11, 11, 11, 11]);
  expect(lines.map((line) => line.at(-1))).toEqual(['n', '─', '1', '2']);
});
