/** What comes in is upright 8-bit sRGB, red first, whatever the file was. */

import type { ImageFormat } from '@imageflow/core';
import { describe, expect, test } from 'vitest';
import { encode, toSharp } from '../testing/files.ts';
import { encodeGif } from '../testing/gif.ts';
import { encodeCmykJpeg, hasAdobeMarker, orientationExif, withExif } from '../testing/jpeg.ts';
import { gradient, largestDifference, paint, pixelAt } from '../testing/pixels.ts';
import { colourTypes, encodePng } from '../testing/png.ts';
import { orientations, storeTurned } from '../testing/twins.ts';
import { defaultImageLimits as limits } from './limits.ts';
import { openImage, readPixels } from './open.ts';
import type { Pixels } from './source.ts';

const formats: readonly ImageFormat[] = ['jpeg', 'png', 'webp', 'tiff', 'gif', 'avif', 'bmp'];

async function decode(input: Uint8Array): Promise<Pixels> {
  return readPixels(await openImage({ kind: 'encoded', input }, limits));
}

describe('EXIF orientation', () => {
  const upright = gradient(60, 40);

  // JPEG at quality 100 loses up to 3 levels to rounding in both colour conversions; the other formats nothing.
  test.each([
    ['jpeg', 3],
    ['png', 0],
    ['webp', 0],
    ['tiff', 0],
  ] as const)('is applied once to %s files of all eight orientations', async (format, tolerance) => {
    for (const orientation of orientations) {
      const twin = await encode(storeTurned(upright, orientation), format, orientation);
      const opened = await openImage({ kind: 'encoded', input: twin }, limits);
      expect([orientation, opened.width, opened.height]).toEqual([orientation, 60, 40]);
      expect(largestDifference(await readPixels(opened), upright)).toBeLessThanOrEqual(tolerance);
    }
  });

  test('that is broken leaves the picture as it is stored', async () => {
    const plain = await encode(upright, 'jpeg');
    const broken: Record<string, Buffer> = {
      'of noise': Buffer.from('this is not what EXIF looks like'),
      'that ends after its header': Buffer.from('II*\0', 'latin1'),
      'that points behind its end': Buffer.concat([Buffer.from('II*\0', 'latin1'), Buffer.from([0xff, 0xff, 0xff, 0x7f])]),
      'with orientation 0': orientationExif(0),
      'with orientation 99': orientationExif(99),
      'with an orientation that is a text': orientationExif(6, 2),
    };
    for (const [kind, exif] of Object.entries(broken)) {
      const pixels = await decode(withExif(plain, exif));
      expect([kind, largestDifference(pixels, upright) <= 3]).toEqual([kind, true]);
    }
  });

  test('written by hand works like one written by a library', async () => {
    const turned = withExif(await encode(storeTurned(upright, 6), 'jpeg'), orientationExif(6));
    expect(largestDifference(await decode(turned), upright)).toBeLessThanOrEqual(3);
  });
});

describe('colour', () => {
  // Left half red, right half blue: a swap of channels shows at once.
  const redAndBlue = paint(32, 16, (x) => (x < 16 ? [230, 20, 10] : [10, 20, 230]));

  test.each(formats)('of %s keeps red red and blue blue', async (format) => {
    const pixels = await decode(await encode(redAndBlue, format));
    const [red, , lessBlue] = pixelAt(pixels, 4, 8);
    const [lessRed, , blue] = pixelAt(pixels, 28, 8);
    expect(Math.min(red, blue)).toBeGreaterThan(200);
    expect(Math.max(lessBlue, lessRed)).toBeLessThan(50);
  });

  test('of CMYK with and without the Adobe marker is the same and right', async () => {
    // No cyan, full magenta and yellow: printed red.
    const [marked, plain] = await Promise.all([
      encodeCmykJpeg([0, 255, 255, 0], { hasAdobeMarker: true }),
      encodeCmykJpeg([0, 255, 255, 0], { hasAdobeMarker: false }),
    ]);
    expect([hasAdobeMarker(marked), hasAdobeMarker(plain)]).toEqual([true, false]);
    const [withMarker, without] = [await decode(marked), await decode(plain)];
    expect(largestDifference(withMarker, without)).toBeLessThanOrEqual(2);
    const [red, green, blue] = pixelAt(withMarker, 16, 12);
    expect(red).toBeGreaterThan(190);
    expect(Math.max(green, blue)).toBeLessThan(70);
  });

  test('of 16 bits keeps its upper eight', async () => {
    const rows = Buffer.alloc(4 * 2 * 6);
    for (let at = 0; at < rows.length; at += 6) {
      rows.writeUInt16BE(200 * 257, at);
      rows.writeUInt16BE(100 * 257, at + 2);
      rows.writeUInt16BE(50 * 257, at + 4);
    }
    const pixels = await decode(encodePng({ width: 4, height: 2, bitDepth: 16, colourType: colourTypes.rgb, rows }));
    expect(pixels).toMatchObject({ width: 4, height: 2 });
    expect(pixelAt(pixels, 3, 1)).toEqual([200, 100, 50]);
  });

  test('of 16-bit grey is grey of eight bits', async () => {
    const rows = Buffer.alloc(4 * 2);
    for (let at = 0; at < rows.length; at += 2) rows.writeUInt16BE(77 * 257, at);
    const pixels = await decode(encodePng({ width: 4, height: 1, bitDepth: 16, colourType: colourTypes.grey, rows }));
    expect(pixelAt(pixels, 0, 0)).toEqual([77, 77, 77]);
  });

  test('of grey becomes three equal channels', async () => {
    const pixels = await decode(await toSharp(gradient(20, 10)).greyscale().toColourspace('b-w').png().toBuffer());
    const [red, green, blue] = pixelAt(pixels, 11, 3);
    expect([green, blue]).toEqual([red, red]);
  });

  test('of a palette is the colour it stands for', async () => {
    const palette = Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7]);
    const rows = Buffer.from([0b00011011]);
    const pixels = await decode(encodePng({ width: 4, height: 1, bitDepth: 2, colourType: colourTypes.palette, rows, palette }));
    expect([0, 1, 2, 3].map((x) => pixelAt(pixels, x, 0))).toEqual([
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [9, 8, 7],
    ]);
  });

  test('behind transparency is laid on white', async () => {
    const rows = Buffer.from([255, 0, 0, 255, 255, 0, 0, 0]);
    const pixels = await decode(encodePng({ width: 2, height: 1, bitDepth: 8, colourType: colourTypes.rgba, rows }));
    expect([pixelAt(pixels, 0, 0), pixelAt(pixels, 1, 0)]).toEqual([
      [255, 0, 0],
      [255, 255, 255],
    ]);
  });

  test('of a palette with transparency is laid on white too', async () => {
    const [palette, transparency] = [Buffer.from([255, 0, 0, 0, 0, 255]), Buffer.from([255, 0])];
    const png = encodePng({
      width: 2,
      height: 1,
      bitDepth: 1,
      colourType: colourTypes.palette,
      rows: Buffer.from([0b01000000]),
      palette,
      transparency,
    });
    const pixels = await decode(png);
    expect([pixelAt(pixels, 0, 0), pixelAt(pixels, 1, 0)]).toEqual([
      [255, 0, 0],
      [255, 255, 255],
    ]);
  });
});

describe('size', () => {
  test.each(formats)('of one pixel works as %s', async (format) => {
    const pixels = await decode(
      await encode(
        paint(1, 1, () => [120, 120, 120]),
        format,
      ),
    );
    expect(pixels).toMatchObject({ width: 1, height: 1 });
    expect(pixelAt(pixels, 0, 0)[0]).toBeCloseTo(120, -1);
  });

  test.each(['jpeg', 'png', 'tiff', 'bmp'] as const)('of 16384 pixels across works as %s', async (format) => {
    const pixels = await decode(await encode(gradient(16_384, 2), format));
    expect(pixels).toMatchObject({ width: 16_384, height: 2 });
  });

  test('of the first frame is what an animation shows, in under a second with 100,000 frames', async () => {
    const gif = encodeGif(40, 100_000);
    const startedAt = performance.now();
    const pixels = await decode(gif);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(pixels).toMatchObject({ width: 40, height: 40 });
    expect(pixelAt(pixels, 0, 0)).toEqual([255, 0, 0]);
  });
});
