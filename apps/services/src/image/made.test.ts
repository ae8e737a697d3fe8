import sharp from 'sharp';
import { expect, test } from 'vitest';
import { cut, encode } from '../testing/files.ts';
import { gradient, texture } from '../testing/pixels.ts';
import { defaultImageLimits as limits } from './limits.ts';
import { madeBy } from './made.ts';
import { openImage } from './open.ts';

async function smaller(input: Buffer, width: number, height: number) {
  const opened = await openImage({ kind: 'encoded', input }, limits);
  return madeBy(opened.image.resize(width, height, { fit: 'fill' }), { width, height }, opened.format);
}

const decode = (file: Buffer) => sharp(file).raw().toBuffer();

test.each(['jpeg', 'png', 'webp', 'tiff', 'avif'] as const)(
  'a %s shows the same by way of the pixels and straight from the file',
  async (format) => {
    for (const source of ['jpeg', 'png'] as const) {
      const file = await encode(texture(300, 200), source);
      const [direct, made] = [await smaller(file, 120, 80), await smaller(file, 120, 80)];
      await made.pixels();
      const shown = await Promise.all([direct, made].map(async (each) => decode(await each.encode(format))));
      expect(shown[0]?.equals(shown[1] ?? Buffer.alloc(0))).toBe(true);
    }
  },
);

test('the pixels are made once, and can still be asked for after the file was written', async () => {
  const made = await smaller(await encode(gradient(100, 80), 'png'), 50, 40);
  await made.encode('jpeg');
  expect(await made.pixels()).toBe(await made.pixels());
  expect(await made.pixels()).toMatchObject({ width: 50, height: 40 });
});

test('a file cut off is refused on both ways', async () => {
  const half = cut(await encode(texture(300, 200), 'jpeg'), 0.5);
  await expect((await smaller(half, 30, 20)).encode('jpeg')).rejects.toMatchObject({ code: 'IMAGE_BROKEN' });
  await expect((await smaller(half, 30, 20)).pixels()).rejects.toMatchObject({ code: 'IMAGE_BROKEN' });
});

test('a side longer than the format knows is not called a broken file', async () => {
  const made = await smaller(await encode(gradient(100, 2), 'png'), 16_384, 2);
  await expect(made.encode('webp')).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
  await made.pixels();
  await expect(made.encode('webp')).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
});
