/** BMP files, which industrial cameras write and libvips does not read: every depth, header, row order, and RLE. */
import { type BmpHeader, bmpRowBytes, parseBmpHeader } from './bmp-header.ts';
import { brokenImage } from './faults.ts';

/** 8-bit RGB, rows top to bottom, no padding. */
export interface BmpPixels {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** About 2 ms of decoding, after which others get their turn. */
const pixelsATurn = 250_000;

/**
 * Decodes a whole file; its alpha is ignored, as most writers leave it undefined. The caller has checked the size by `parseBmpHeader`.
 * @param pause lets other work run; it is awaited every few milliseconds, so that a large file does not hold up the program
 * @throws AppError IMAGE_BROKEN
 */
export async function decodeBmp(bytes: Uint8Array, pause: () => Promise<void>): Promise<BmpPixels> {
  const header = parseBmpHeader(bytes);
  const { width, height } = header;
  if (header.pixelsAt >= bytes.length) throw brokenImage('bmp');
  const rowOf = header.rows === 'plain' ? plainRows(bytes, header) : new RleRows(bytes, header).read;
  const data = new Uint8Array(width * height * 3);
  for (let row = 0, since = 0; row < height; row += 1, since += width) {
    if (since >= pixelsATurn) {
      await pause();
      since = 0;
    }
    rowOf(data.subarray((header.isTopDown ? row : height - 1 - row) * width * 3).subarray(0, width * 3), row);
  }
  return { data, width, height };
}

/** Fills a row of RGB; rows are asked for once each, in the order of the file. */
type RowReader = (target: Uint8Array, row: number) => void;

function plainRows(bytes: Uint8Array, header: BmpHeader): RowReader {
  const rowBytes = bmpRowBytes(header);
  if (header.pixelsAt + rowBytes * header.height > bytes.length) throw brokenImage('bmp');
  const read =
    header.bitsPerPixel <= 8 ? indexedRow(bytes, header) : header.bitsPerPixel === 24 ? trueRow(bytes) : maskedRow(bytes, header);
  return (target, row) => read(target, header.pixelsAt + row * rowBytes);
}

type PlainRow = (target: Uint8Array, start: number) => void;

function indexedRow(bytes: Uint8Array, header: BmpHeader): PlainRow {
  const bits = header.bitsPerPixel;
  const palette = readPalette(bytes, header);
  return (target, start) => {
    for (let x = 0, to = 0; to < target.length; x += 1, to += 3) {
      const bit = x * bits;
      const index = ((bytes[start + (bit >> 3)] ?? 0) >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
      paint(target, to, palette, index);
    }
  };
}

function trueRow(bytes: Uint8Array): PlainRow {
  return (target, start) => {
    for (let at = 0; at < target.length; at += 3) {
      target[at] = bytes[start + at + 2] ?? 0;
      target[at + 1] = bytes[start + at + 1] ?? 0;
      target[at + 2] = bytes[start + at] ?? 0;
    }
  };
}

function maskedRow(bytes: Uint8Array, header: BmpHeader): PlainRow {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pixelBytes = header.bitsPerPixel / 8;
  const channels = header.masks.map(toChannel);
  return (target, start) => {
    for (let to = 0, from = start; to < target.length; to += 3, from += pixelBytes) {
      const pixel = pixelBytes === 2 ? view.getUint16(from, true) : view.getUint32(from, true);
      channels.forEach(({ mask, shift, scale }, channel) => {
        target[to + channel] = Math.round(((pixel & mask) >>> shift) * scale);
      });
    }
  };
}

function toChannel(mask: number): { mask: number; shift: number; scale: number } {
  if (mask === 0) return { mask, shift: 0, scale: 0 };
  const shift = 31 - Math.clz32(mask & -mask);
  return { mask, shift, scale: 255 / (mask >>> shift) };
}

/** 256 colours of RGB; those that the file does not have are black. */
function readPalette(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { at, entryBytes, count } = header.palette;
  const end = Math.min(bytes.length, header.pixelsAt);
  const colours = new Uint8Array(256 * 3);
  for (let index = 0, from = at; index < count && from + 3 <= end; index += 1, from += entryBytes) {
    colours.set([bytes[from + 2] ?? 0, bytes[from + 1] ?? 0, bytes[from] ?? 0], index * 3);
  }
  return colours;
}

function paint(target: Uint8Array, to: number, palette: Uint8Array, index: number): void {
  target[to] = palette[index * 3] ?? 0;
  target[to + 1] = palette[index * 3 + 1] ?? 0;
  target[to + 2] = palette[index * 3 + 2] ?? 0;
}

/**
 * Rows of runs. Places that no run covers have the first colour. Places only move on, so the work is bounded by the picture and the file;
 * runs that reach past a row are cut there.
 */
class RleRows {
  readonly #bytes: Uint8Array;
  readonly #palette: Uint8Array;
  readonly #width: number;
  readonly #isOfNibbles: boolean;
  #at: number;
  #x = 0;
  /** The row that the next run lies in; past the last once the end was told. */
  #y = 0;

  constructor(bytes: Uint8Array, header: BmpHeader) {
    this.#bytes = bytes;
    this.#palette = readPalette(bytes, header);
    this.#width = header.width;
    this.#isOfNibbles = header.rows === 'rle4';
    this.#at = header.pixelsAt;
  }

  readonly read = (target: Uint8Array, row: number): void => {
    for (let to = 0; to < target.length; to += 3) paint(target, to, this.#palette, 0);
    // Runs and moves that lead nowhere could fill the whole file.
    for (let left = 2 * this.#width + 64; this.#y === row; left -= 1) {
      if (left === 0) throw brokenImage('bmp');
      this.#next(target);
    }
  };

  #next(target: Uint8Array): void {
    if (this.#at + 2 > this.#bytes.length) this.#endOfData();
    else {
      const [count, value] = [this.#byte(), this.#byte()];
      if (count > 0) this.#run(target, count, () => value);
      else this.#escape(target, value);
    }
  }

  #escape(target: Uint8Array, code: number): void {
    if (code === 0) this.#move(-this.#x, 1);
    else if (code === 1) this.#move(0, Number.POSITIVE_INFINITY);
    else if (code === 2) this.#move(this.#byte(), this.#byte());
    else this.#literal(target, code);
  }

  /** Its bytes fill whole words. */
  #literal(target: Uint8Array, count: number): void {
    const start = this.#at;
    const length = this.#isOfNibbles ? Math.ceil(count / 2) : count;
    if (start + length > this.#bytes.length) throw brokenImage('bmp');
    this.#run(target, count, (place) => this.#bytes[start + (this.#isOfNibbles ? place >> 1 : place)] ?? 0);
    this.#at = start + length + (length & 1);
  }

  /** Some writers leave the end mark out, but none a part of the picture. */
  #endOfData(): void {
    if (this.#x < this.#width) throw brokenImage('bmp');
    this.#move(0, 1);
    this.#x = 0;
  }

  #byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  #move(right: number, down: number): void {
    this.#x += right;
    this.#y += down;
  }

  #run(target: Uint8Array, count: number, byteAt: (place: number) => number): void {
    const end = Math.min(this.#width, this.#x + count);
    for (let x = this.#x, place = 0; x < end; x += 1, place += 1) {
      const byte = byteAt(place);
      paint(target, x * 3, this.#palette, this.#isOfNibbles ? (byte >> ((place & 1) === 0 ? 4 : 0)) & 15 : byte);
    }
    this.#x += count;
  }
}
