import { describe, expect, test } from 'vitest';
import { askJudge, isWithout } from '../../../../scripts/servers/index.ts';
import { type BmpKind, bmpHeight, bmpWidth, encodeBmpKind } from '../testing/bmp-kinds.ts';
import { largestDifference } from '../testing/pixels.ts';
import { defaultImageLimits as limits } from './limits.ts';
import { openImage, readPixels } from './open.ts';
import type { Pixels } from './source.ts';

const decode = async (input: Uint8Array): Promise<Pixels> => readPixels(await openImage({ kind: 'encoded', input }, limits));

const kinds: readonly BmpKind[] = [
  ...([1, 4, 8, 24] as const).map((bits): BmpKind => ({ bits, header: 12 })),
  ...([1, 4, 8, 24] as const).map((bits): BmpKind => ({ bits, header: 64 })),
  ...([1, 4, 8, 16, 24, 32] as const).map((bits): BmpKind => ({ bits, header: 40 })),
  ...([1, 4, 8, 16, 24, 32] as const).map((bits): BmpKind => ({ bits, header: 124, isTopDown: true })),
  ...([16, 32] as const).flatMap((bits) => ([40, 52, 56, 108] as const).map((header): BmpKind => ({ bits, header, rows: 'masks' }))),
  ...([4, 8] as const).flatMap((bits) => ([40, 108] as const).map((header): BmpKind => ({ bits, header, rows: 'rle' }))),
];

const nameOf = ({ bits, header, isTopDown, rows = 'plain' }: BmpKind): string =>
  `${bits} bits, header of ${header}, ${rows}${isTopDown === true ? ', top down' : ''}`;

describe.skipIf(isWithout('judge'))('BMP as Pillow sees it', () => {
  test.each(kinds.map((kind) => [nameOf(kind), kind] as const))('%s', async (_name, kind) => {
    const file = encodeBmpKind(kind);
    const program =
      "import io,sys;from PIL import Image;sys.stdout.buffer.write(Image.open(io.BytesIO(sys.stdin.buffer.read())).convert('RGB').tobytes())";
    const expected: Pixels = { data: askJudge(program, file), width: bmpWidth, height: bmpHeight };
    // Five bits are spread over 256 levels with another rounding.
    expect(largestDifference(await decode(file), expected)).toBeLessThanOrEqual(kind.bits === 16 ? 1 : 0);
  });
});

describe('BMP', () => {
  test('of two bits, and of the short header of OS/2, is read by its palette', async () => {
    const [two, short] = [await decode(encodeBmpKind({ bits: 2, header: 40 })), await decode(encodeBmpKind({ bits: 8, header: 16 }))];
    // The lower left pixel is the first of the file, with index 0: the palette's first colour.
    for (const { data } of [two, short]) expect([...data.subarray((bmpHeight - 1) * bmpWidth * 3).subarray(0, 3)]).toEqual([70, 200, 10]);
  });

  test('cut anywhere is broken, compressed or not', async () => {
    for (const kind of kinds) {
      const file = encodeBmpKind(kind);
      for (const share of [0.3, 0.9]) {
        await expect(decode(file.subarray(0, Math.floor(file.length * share))), nameOf(kind)).rejects.toMatchObject({
          code: 'IMAGE_BROKEN',
        });
      }
    }
  });

  test('with runs that lead nowhere is refused without reading them all', async () => {
    const file = Buffer.concat([encodeBmpKind({ bits: 8, header: 40, rows: 'rle' }).subarray(0, 14 + 40 + 1024), Buffer.alloc(40_000_000)]);
    for (let at = 14 + 40 + 1024; at < file.length; at += 4) file[at + 1] = 2;
    const startedAt = performance.now();
    await expect(decode(file)).rejects.toMatchObject({ code: 'IMAGE_BROKEN' });
    expect(performance.now() - startedAt).toBeLessThan(100);
  });

  test('of 64 megapixels in a few bytes lets other work run meanwhile', async () => {
    const file = encodeBmpKind({ bits: 8, header: 40, rows: 'rle' });
    file.writeInt32LE(8000, 18);
    file.writeInt32LE(8000, 22);
    const done = decode(file);
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 1);
    await done.finally(() => clearInterval(counting));
    expect(turns).toBeGreaterThan(20);
  });

  test('of a kind that is not read is refused by its name', async () => {
    const file = encodeBmpKind({ bits: 24, header: 40 });
    file.writeUInt32LE(4, 30);
    await expect(decode(file)).rejects.toMatchObject({
      code: 'IMAGE_BROKEN',
      detail: { en: expect.stringContaining('JPEG or PNG inside') },
    });
  });
});
