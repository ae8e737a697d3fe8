/** Which TIFF files are not read, by the tags of their first page: what a decoder would show wrongly is refused by its name. */
import type { LocalizedText } from '../text.ts';
import { unreadableImage } from './faults.ts';

const tags = { bits: 258, compression: 259, photometric: 262, samples: 277, planar: 284, tileWidth: 322, extra: 338, format: 339 } as const;

type Tags = ReadonlyMap<number, readonly number[]>;

/**
 * Does nothing for a file whose tags cannot be found: its decoder says what is wrong with it.
 * @throws AppError IMAGE_BROKEN naming what is not read
 */
export function refuseUnreadableTiff(file: Uint8Array): void {
  const found = readTags(file);
  const reason = found === undefined ? undefined : reasons.map((reasonOf) => reasonOf(found)).find((each) => each !== undefined);
  if (reason !== undefined) throw unreadableImage('tiff', reason);
}

const first = (found: Tags, tag: number, usual: number): number => found.get(tag)?.[0] ?? usual;

const reasons: readonly ((found: Tags) => LocalizedText | undefined)[] = [ofCompression, ofSamples, ofColours, ofBands, ofTiles];

const readCompressions = [1, 2, 3, 4, 5, 7, 8, 32_773, 32_946];
const namedCompressions: Readonly<Record<number, string>> = {
  6: 'old-style JPEG',
  34887: 'LERC',
  34925: 'LZMA',
  50000: 'ZSTD',
  50001: 'WebP',
};

function ofCompression(found: Tags): LocalizedText | undefined {
  const compression = first(found, tags.compression, 1);
  if (readCompressions.includes(compression)) return undefined;
  const name = namedCompressions[compression] ?? String(compression);
  return { ja: `圧縮方式 ${name} には対応していません`, en: `its compression is ${name}` };
}

const namedFormats: Readonly<Record<number, LocalizedText>> = {
  2: { ja: '符号付き整数のサンプル', en: 'its samples are signed integers' },
  3: { ja: '浮動小数点のサンプル', en: 'its samples are floating point numbers' },
};

function ofSamples(found: Tags): LocalizedText | undefined {
  const [format, bits] = [first(found, tags.format, 1), first(found, tags.bits, 1)];
  if (format !== 1 && format !== 4)
    return namedFormats[format] ?? { ja: `サンプル形式 ${format}`, en: `its samples are of format ${format}` };
  if ([1, 2, 4, 8, 16].includes(bits)) return undefined;
  return { ja: `1 サンプル ${bits} ビット`, en: `its samples have ${bits} bits` };
}

/** Grey (0 white or black), RGB, palette, inks; YCbCr where JPEG is inside. */
const bandsOf: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3 };
const namedColours: Readonly<Record<number, string>> = {
  8: 'CIELab',
  9: 'ICCLab',
  10: 'ITULab',
  32803: 'CFA',
  32844: 'LogL',
  32845: 'LogLuv',
  34892: 'LinearRaw',
};

function ofColours(found: Tags): LocalizedText | undefined {
  const photometric = first(found, tags.photometric, 1);
  const isPlainYcbcr = photometric === 6 && first(found, tags.compression, 1) !== 7;
  if (bandsOf[photometric] !== undefined && !isPlainYcbcr) return undefined;
  const name = isPlainYcbcr ? 'YCbCr' : (namedColours[photometric] ?? String(photometric));
  return { ja: `色の表し方が ${name}`, en: `its colours are ${name}` };
}

function ofBands(found: Tags): LocalizedText | undefined {
  const samples = first(found, tags.samples, 1);
  const extra = samples - (bandsOf[first(found, tags.photometric, 1)] ?? samples);
  const isAlpha = [1, 2].includes(first(found, tags.extra, 0));
  if (extra === 0 || (extra === 1 && isAlpha)) return undefined;
  return { ja: `${samples} バンドのうち意味の不明なものがある`, en: `what some of its ${samples} bands mean is not told` };
}

function ofTiles(found: Tags): LocalizedText | undefined {
  const isPlanar = first(found, tags.planar, 1) === 2 && first(found, tags.samples, 1) > 1;
  return isPlanar && found.has(tags.tileWidth) ? { ja: 'プレーンごとのタイル', en: 'it has tiles for each plane' } : undefined;
}

/** Of the first page; undefined when they lie outside the file, or it is a BigTIFF. */
function readTags(file: Uint8Array): Tags | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 8) return undefined;
  const isLittle = file[0] === 0x49;
  if (view.getUint16(2, isLittle) !== 42) return undefined;
  const start = view.getUint32(4, isLittle);
  if (start + 2 > file.length) return undefined;
  const count = view.getUint16(start, isLittle);
  if (start + 2 + count * 12 > file.length) return undefined;
  const wanted: readonly number[] = Object.values(tags);
  const found = new Map<number, readonly number[]>();
  for (let at = start + 2; at < start + 2 + count * 12; at += 12) {
    const tag = view.getUint16(at, isLittle);
    if (wanted.includes(tag)) found.set(tag, [readFirst(view, at, isLittle)]);
  }
  return found;
}

/** The first value of an entry; longs and shorts are all that these tags have. */
function readFirst(view: DataView, at: number, isLittle: boolean): number {
  const [type, count] = [view.getUint16(at + 2, isLittle), view.getUint32(at + 4, isLittle)];
  const size = type === 3 ? 2 : 4;
  const place = size * count <= 4 ? at + 8 : view.getUint32(at + 8, isLittle);
  if (place + size > view.byteLength) return 0;
  return size === 2 ? view.getUint16(place, isLittle) : view.getUint32(place, isLittle);
}
