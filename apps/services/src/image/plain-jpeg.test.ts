import { join, resolve } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { defaultImageLimits } from './limits.ts';
import { openImage, readPixels } from './open.ts';
import { decodePlainJpeg, readPlainJpegSize } from './plain-jpeg.ts';

const photo = join(resolve(import.meta.dirname, '../../../../samples'), 'photos/china.jpg');
const image = () => sharp(photo).resize(320, 213);
const allocate = (length: number) => new Uint8Array(length);

describe('a plain JPEG', () => {
  test.each<[string, (image: Sharp) => Sharp]>([
    ['4:2:0', (each) => each.jpeg({ quality: 90 })],
    ['4:4:4', (each) => each.jpeg({ chromaSubsampling: '4:4:4' })],
    ['progressive', (each) => each.jpeg({ progressive: true })],
    ['grey', (each) => each.grayscale().jpeg()],
    ['with EXIF that says upright', (each) => each.jpeg().withExif({ IFD0: { Make: 'Test', Orientation: '1' } })],
  ])('(%s) is decoded as libvips does, within 8 levels', async (_, write) => {
    const bytes = await write(image()).toBuffer();
    const plain = await decodePlainJpeg(bytes, defaultImageLimits, allocate);
    const wanted = await readPixels(await openImage({ kind: 'encoded', input: bytes }, defaultImageLimits));
    expect(plain).toMatchObject({ width: wanted.width, height: wanted.height });
    const differences = wanted.data.map((level, at) => Math.abs(level - (plain?.data[at] ?? 0)));
    expect(differences.reduce((most, each) => Math.max(most, each), 0)).toBeLessThanOrEqual(8);
    expect(differences.reduce((sum, each) => sum + each, 0) / differences.length).toBeLessThan(1.5);
  });
});

describe('what is not plain is left to libvips', () => {
  test.each<[string, () => Promise<Buffer>]>([
    ['turned by EXIF', () => image().jpeg().withMetadata({ orientation: 6 }).toBuffer()],
    ['a colour profile', () => image().withIccProfile('p3').jpeg().toBuffer()],
    ['CMYK', () => image().toColourspace('cmyk').jpeg().toBuffer()],
    ['PNG', () => image().png().toBuffer()],
    ['too short', async () => Buffer.from([0xff, 0xd8, 0xff])],
    ['only its beginning', async () => (await image().jpeg().toBuffer()).subarray(0, 100)],
  ])('%s', async (_, make) => {
    expect(readPlainJpegSize(await make())).toBeUndefined();
  });

  test.each([0.1, 0.5, 0.9, 0.99])('cut at %d of its length', async (share) => {
    const whole = await image().jpeg().toBuffer();
    expect(await decodePlainJpeg(whole.subarray(0, whole.length * share), defaultImageLimits, allocate)).toBeUndefined();
  });

  test('one past a limit', async () => {
    const bytes = await image().jpeg().toBuffer();
    expect(await decodePlainJpeg(bytes, { ...defaultImageLimits, maxPixels: 1000 }, allocate)).toBeUndefined();
    expect(await decodePlainJpeg(bytes, { ...defaultImageLimits, maxFileBytes: 1000 }, allocate)).toBeUndefined();
  });
});
