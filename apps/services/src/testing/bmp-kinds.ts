/** BMP files of every depth, header, row order and compression. */

export interface BmpKind {
  readonly bits: 1 | 2 | 4 | 8 | 16 | 24 | 32;
  readonly header: 12 | 16 | 40 | 52 | 56 | 64 | 108 | 124;
  readonly isTopDown?: boolean;
  readonly rows?: 'plain' | 'rle' | 'masks';
}

export const bmpWidth = 37;
export const bmpHeight = 11;

/** A made picture: each place has another value, in colours of a palette up to 8 bits. */
export function encodeBmpKind(kind: BmpKind): Buffer {
  const { bits, header, rows = 'plain' } = kind;
  const info = infoHeader(kind);
  const masks = rows === 'masks' ? maskBytes(bits) : Buffer.alloc(0);
  if (header >= 52 && rows === 'masks') masks.copy(info, 40);
  const between = header === 40 ? masks : Buffer.alloc(0);
  const palette = bits <= 8 ? paletteBytes(2 ** bits, header === 12 ? 3 : 4) : Buffer.alloc(0);
  const pixels = rows === 'rle' ? runs(bits) : plainRows(bits);
  const start = 14 + header + between.length + palette.length;
  const file = Buffer.alloc(14);
  file.write('BM', 'latin1');
  file.writeUInt32LE(start + pixels.length, 2);
  file.writeUInt32LE(start, 10);
  return Buffer.concat([file, info, between, palette, pixels]);
}

function infoHeader({ bits, header, isTopDown, rows }: BmpKind): Buffer {
  const info = Buffer.alloc(header);
  info.writeUInt32LE(header);
  if (header === 12) {
    info.writeUInt16LE(bmpWidth, 4);
    info.writeUInt16LE(bmpHeight, 6);
    info.writeUInt16LE(1, 8);
    info.writeUInt16LE(bits, 10);
    return info;
  }
  info.writeInt32LE(bmpWidth, 4);
  info.writeInt32LE(isTopDown === true ? -bmpHeight : bmpHeight, 8);
  info.writeUInt16LE(1, 12);
  info.writeUInt16LE(bits, 14);
  if (header >= 40) info.writeUInt32LE(rows === 'masks' ? 3 : rows === 'rle' ? (bits === 8 ? 1 : 2) : 0, 16);
  return info;
}

/** 5-6-5, or the usual bytes. */
function maskBytes(bits: number): Buffer {
  const masks = Buffer.alloc(12);
  for (const [at, mask] of (bits === 16 ? [0xf800, 0x07e0, 0x001f] : [0xff0000, 0xff00, 0xff]).entries()) masks.writeUInt32LE(mask, at * 4);
  return masks;
}

/** Blue, green, red: no channel is like another. */
function paletteBytes(count: number, entryBytes: number): Buffer {
  const palette = Buffer.alloc(count * entryBytes);
  for (let index = 0; index < count; index += 1) {
    palette.set([(index * 83 + 10) & 255, (index * 29 + 200) & 255, (index * 151 + 70) & 255], index * entryBytes);
  }
  return palette;
}

function plainRows(bits: number): Buffer {
  const rowBytes = Math.ceil((bmpWidth * bits) / 32) * 4;
  const used = Math.ceil((bmpWidth * bits) / 8);
  const pixels = Buffer.alloc(rowBytes * bmpHeight);
  for (let y = 0; y < bmpHeight; y += 1) {
    for (let x = 0; x < used; x += 1) pixels[y * rowBytes + x] = (x * 37 + y * 91 + x * y) & 255;
  }
  return pixels;
}

/** Runs, literals of odd length, and ends of rows. */
function runs(bits: number): Buffer {
  const out: number[] = [];
  for (let y = 0; y < bmpHeight; y += 1) {
    const literal = Array.from({ length: 7 }, (_, at) => (at * 31 + y * 17) & 255);
    const packed = bits === 8 ? literal : literal.slice(0, 4);
    out.push(20, (y * 23) & 255, 0, 7, ...packed, ...(packed.length % 2 === 1 ? [0] : []), 10, (y * 57 + 3) & 255, 0, 0);
  }
  return Buffer.from([...out.slice(0, -2), 0, 1]);
}
