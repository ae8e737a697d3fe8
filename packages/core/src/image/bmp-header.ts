/** The headers of BMP files: OS/2 1.x and 2.x, Windows 3 to 5. */
import { brokenImage, unreadableImage } from './faults.ts';

export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  /** Usually the bottom row comes first. */
  readonly isTopDown: boolean;
  readonly bitsPerPixel: number;
  readonly rows: 'plain' | 'rle8' | 'rle4';
  /** Where the pixels start. */
  readonly pixelsAt: number;
  readonly palette: { readonly at: number; readonly entryBytes: 3 | 4; readonly count: number };
  /** Bits of red, green and blue in a pixel of 16 or 32 bits. */
  readonly masks: readonly [red: number, green: number, blue: number];
}

const oldHeaderBytes = 12;
const os2HeaderBytes = [16, 64];
const windowsHeaderBytes = 40;
const [rle8, rle4, bitfields, alphaBitfields] = [1, 2, 3, 6];

/**
 * @param head the first 70 bytes at least, when there are as many
 * @throws AppError IMAGE_BROKEN, also naming a kind that cannot be read
 */
export function parseBmpHeader(head: Uint8Array): BmpHeader {
  if (head.length < 26) throw brokenImage('bmp');
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const headerBytes = view.getUint32(14, true);
  if (headerBytes !== oldHeaderBytes && head.length < 14 + Math.min(headerBytes, windowsHeaderBytes)) throw brokenImage('bmp');
  const { width, height, bitsPerPixel } = readSize(view, headerBytes);
  if (width < 1 || height === 0) throw brokenImage('bmp');
  const compression = headerBytes >= windowsHeaderBytes ? view.getUint32(30, true) : 0;
  const rows = readCompression(compression, bitsPerPixel, headerBytes);
  const hasMasks = compression === bitfields || compression === alphaBitfields;
  const masksBytes = hasMasks && headerBytes === windowsHeaderBytes ? (compression === bitfields ? 12 : 16) : 0;
  const palette = readPalette(view, headerBytes, 14 + headerBytes + masksBytes, bitsPerPixel);
  return {
    width,
    height: Math.abs(height),
    isTopDown: height < 0,
    bitsPerPixel,
    rows,
    pixelsAt: view.getUint32(10, true) || palette.at + palette.count * palette.entryBytes,
    palette,
    masks: hasMasks ? readMasks(view) : usualMasks(bitsPerPixel),
  };
}

/** Bytes of a row on disk, of rows that are not compressed. */
export function bmpRowBytes(header: BmpHeader): number {
  return Math.ceil((header.width * header.bitsPerPixel) / 32) * 4;
}

function readSize(view: DataView, headerBytes: number): { width: number; height: number; bitsPerPixel: number } {
  if (headerBytes === oldHeaderBytes) {
    return { width: view.getUint16(18, true), height: view.getUint16(20, true), bitsPerPixel: view.getUint16(24, true) };
  }
  return { width: view.getInt32(18, true), height: view.getInt32(22, true), bitsPerPixel: view.getUint16(28, true) };
}

function readCompression(compression: number, bits: number, headerBytes: number): BmpHeader['rows'] {
  if (os2HeaderBytes.includes(headerBytes) && compression === 3) throw unreadableImage('bmp', huffman);
  if (os2HeaderBytes.includes(headerBytes) && compression === 4) throw unreadableImage('bmp', rle24);
  if (compression === 4 || compression === 5) throw unreadableImage('bmp', insideBmp);
  if (compression === rle8 && bits === 8) return 'rle8';
  if (compression === rle4 && bits === 4) return 'rle4';
  const isMasked = (compression === bitfields || compression === alphaBitfields) && (bits === 16 || bits === 32);
  if (isMasked || (compression === 0 && [1, 2, 4, 8, 16, 24, 32].includes(bits))) return 'plain';
  throw unreadableImage('bmp', {
    ja: `${bits} ビット、圧縮番号 ${compression} の組み合わせは読めません`,
    en: `${bits} bits with compression ${compression} cannot be read`,
  });
}

const huffman = { ja: 'OS/2 のハフマン圧縮は読めません', en: "OS/2's Huffman compression cannot be read" };
const rle24 = { ja: 'OS/2 の 24 ビット RLE 圧縮は読めません', en: "OS/2's RLE compression of 24 bits cannot be read" };
const insideBmp = { ja: 'JPEG または PNG を内蔵した BMP は読めません', en: 'a JPEG or PNG inside a BMP cannot be read' };

function readPalette(view: DataView, headerBytes: number, at: number, bits: number): BmpHeader['palette'] {
  const isOld = headerBytes === oldHeaderBytes;
  const entryBytes = isOld ? 3 : 4;
  if (bits > 8) return { at, entryBytes, count: 0 };
  const told = headerBytes >= windowsHeaderBytes && view.byteLength >= 50 ? view.getUint32(46, true) : 0;
  return { at, entryBytes, count: told === 0 ? 2 ** bits : Math.min(told, 2 ** bits) };
}

function readMasks(view: DataView): BmpHeader['masks'] {
  if (view.byteLength < 66) throw brokenImage('bmp');
  const masks = [view.getUint32(54, true), view.getUint32(58, true), view.getUint32(62, true)] as const;
  if (!masks.every(isOneRun)) throw brokenImage('bmp');
  return masks;
}

/** Its bits lie side by side. */
function isOneRun(mask: number): boolean {
  return /^0*1*0*$/.test(mask.toString(2));
}

function usualMasks(bits: number): BmpHeader['masks'] {
  return bits === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0x00ff00, 0x0000ff];
}
