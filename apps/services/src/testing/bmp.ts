/** BMP files as industrial cameras write them. */
import type { Pixels } from '../image/source.ts';

/** 24 bits, bottom row first, blue before red. */
export function encodeBmp({ data, width, height }: Pixels): Buffer {
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.concat([bmpHeader(width, height, 24), Buffer.alloc(rowBytes * height)]);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      const to = 54 + (height - 1 - y) * rowBytes + x * 3;
      file.set([data[from + 2] ?? 0, data[from + 1] ?? 0, data[from] ?? 0], to);
    }
  }
  return file;
}

/** Black, one bit a pixel: 252 megapixels are 31.5 MB. */
export function encodeBlackBmp(width: number, height: number): Buffer {
  const palette = Buffer.from([0, 0, 0, 0, 255, 255, 255, 0]);
  return Buffer.concat([bmpHeader(width, height, 1, palette.length), palette, Buffer.alloc(Math.ceil(width / 32) * 4 * height)]);
}

export function bmpHeader(width: number, height: number, bits: number, paletteBytes = 0): Buffer {
  const header = Buffer.alloc(54);
  header.write('BM', 0, 'latin1');
  const pixelBytes = Math.ceil((width * bits) / 32) * 4 * height;
  header.writeUInt32LE((54 + paletteBytes + pixelBytes) % 2 ** 32, 2);
  header.writeUInt32LE(54 + paletteBytes, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(bits, 28);
  return header;
}
