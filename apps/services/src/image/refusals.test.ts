/** What is no image, too large or broken is refused by name, and costs nothing. */
import { AppError } from '@imageflow/core';
import { describe, expect, test } from 'vitest';
import { bmpHeader, encodeBlackBmp } from '../testing/bmp.ts';
import { cut, encode, toSharp } from '../testing/files.ts';
import { foreignFiles } from '../testing/hostile.ts';
import { gradient, texture } from '../testing/pixels.ts';
import { encodeBlackPng } from '../testing/png.ts';
import { defaultImageLimits as limits } from './limits.ts';
import { openImage, readPixels, toPixels } from './open.ts';

async function refusal(input: Uint8Array, ownLimits = limits): Promise<AppError> {
  try {
    await readPixels(await openImage({ kind: 'encoded', input }, ownLimits));
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('It was accepted');
}

describe('a file that is no image', () => {
  test.each(Object.entries(foreignFiles))('is refused: %s', async (_, bytes) => {
    const error = await refusal(bytes);
    expect(error.code).toBe('UNSUPPORTED_MEDIA');
    expect(error.detail.en).toContain('JPEG, PNG, WebP, TIFF, GIF, AVIF, BMP');
  });

  test.each(['HTML', 'SVG', 'PDF', 'ZIP', 'HEIC'])('is called what it is: %s', async (kind) => {
    expect((await refusal(foreignFiles[kind] ?? Buffer.alloc(0))).detail.en).toContain(`The content is ${kind}`);
  });
});

describe('a bomb of 252 megapixels', () => {
  const bombs: Record<string, () => Buffer> = {
    PNG: () => encodeBlackPng(18_000, 14_000),
    BMP: () => encodeBlackBmp(18_000, 14_000),
    'BMP that is only a header': () => Buffer.concat([bmpHeader(18_000, 14_000, 24), Buffer.alloc(100)]),
  };

  test.each(Object.entries(bombs))('as %s is refused with the limit named, and memory stays flat', async (_, make) => {
    const bomb = make();
    const before = process.memoryUsage.rss();
    for (let at = 0; at < 20; at++) {
      const error = await refusal(bomb);
      expect(error.code).toBe('TOO_LARGE');
      expect(error.detail.en).toContain('18000×14000');
      expect(error.detail.en).toContain('limit of 100.0 megapixels');
    }
    // Decoded once it would be 756 MB.
    expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
  });

  test('is not what its sides alone say', async () => {
    expect((await refusal(encodeBlackBmp(2_000, 2_000), { ...limits, maxPixels: 1e6 })).code).toBe('TOO_LARGE');
    expect((await refusal(encodeBlackPng(2_000, 2_000), { ...limits, maxPixels: 1e6 })).code).toBe('TOO_LARGE');
  });
});

test('a file above the limit of bytes is refused with both numbers', async () => {
  const png = encodeBlackPng(100, 100);
  const error = await refusal(png, { ...limits, maxFileBytes: 50 });
  expect(error.code).toBe('TOO_LARGE');
  expect(error.extensions).toEqual({ size_bytes: png.length, max_bytes: 50 });
});

describe('a file cut off', () => {
  const picture = texture(240, 180);

  test.each(['jpeg', 'png', 'webp', 'tiff', 'avif', 'bmp', 'gif'] as const)('anywhere is refused as %s', async (format) => {
    const whole = await encode(picture, format);
    for (const share of [0.1, 0.5, 0.9, 0.99]) {
      const error = await refusal(cut(whole, share));
      expect([share, error.code]).toEqual([share, 'IMAGE_BROKEN']);
    }
  });

  test('is refused too when a progressive JPEG lacks its last scans', async () => {
    const whole = await toSharp(picture).jpeg({ progressive: true }).toBuffer();
    for (const share of [0.5, 0.9, 0.99]) expect((await refusal(cut(whole, share))).code).toBe('IMAGE_BROKEN');
  });

  test('is refused too when it is read through shrink-on-load', async () => {
    const half = cut(await encode(texture(800, 600), 'jpeg'), 0.5);
    const { image, format } = await openImage({ kind: 'encoded', input: half }, limits);
    await expect(toPixels(image.resize(100, 75), format)).rejects.toMatchObject({ code: 'IMAGE_BROKEN' });
  });
});

test('a file that is not there is told so', async () => {
  const source = { kind: 'encoded', input: { path: '/nowhere/at/all.png' } } as const;
  await expect(openImage(source, limits)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
});

test('pixels that do not fill their size are refused', async () => {
  const pixels = { ...gradient(4, 4), height: 5 };
  await expect(openImage({ kind: 'pixels', pixels }, limits)).rejects.toMatchObject({ code: 'IMAGE_BROKEN' });
});

describe('a JPEG with damaged data', () => {
  const end = Buffer.from([0xff, 0xd9]);
  const stray = (jpeg: Buffer): Buffer => {
    const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]));
    return Buffer.concat([jpeg.subarray(0, scan), Buffer.from([0, 1, 0, 2]), jpeg.subarray(scan)]);
  };

  test.each([false, true])('is refused though it ends with its end mark (progressive: %s)', async (progressive) => {
    const whole = await toSharp(texture(240, 180)).jpeg({ progressive }).toBuffer();
    for (const share of [0.3, 0.5, 0.9]) {
      const ended = Buffer.concat([cut(whole, share), end]);
      expect((await refusal(ended)).code).toBe('IMAGE_BROKEN');
      expect((await refusal(stray(ended))).code).toBe('IMAGE_BROKEN');
    }
  });

  test('is not one with stray bytes between its segments', async () => {
    const whole = await encode(texture(240, 180), 'jpeg');
    expect(await readPixels(await openImage({ kind: 'encoded', input: stray(whole) }, limits))).toEqual(
      await readPixels(await openImage({ kind: 'encoded', input: whole }, limits)),
    );
  });
});

describe('a TIFF that would be shown wrongly', () => {
  const withTag = async (tag: number, value: number): Promise<Buffer> => {
    const file = await toSharp(gradient(20, 10)).tiff({ compression: 'lzw' }).toBuffer();
    const start = file.readUInt32LE(4);
    for (let at = start + 2, left = file.readUInt16LE(start); left > 0; at += 12, left -= 1) {
      if (file.readUInt16LE(at) !== tag) continue;
      if (file.readUInt32LE(at + 4) > 2) file.writeUInt16LE(value, file.readUInt32LE(at + 8));
      else file.writeUInt16LE(value, at + 8);
    }
    return file;
  };

  test.each([
    ['signed samples', 339, 2, 'signed integers'],
    ['floating point samples', 339, 3, 'floating point'],
    ['12 bits', 258, 12, '12 bits'],
    ['ZSTD', 259, 50_000, 'ZSTD'],
    ['LERC', 259, 34_887, 'LERC'],
    ['old-style JPEG', 259, 6, 'old-style JPEG'],
    ['CIELab', 262, 8, 'CIELab'],
    ['YCbCr', 262, 6, 'YCbCr'],
    ['a fourth band without a meaning', 277, 4, '4 bands'],
  ])('is refused by its name: %s', async (_name, tag, value, word) => {
    const error = await refusal(await withTag(tag, value));
    expect([error.code, error.detail.en]).toEqual(['IMAGE_BROKEN', expect.stringContaining(word)]);
  });
});
