/** PNG files of any depth and colour type, written by hand so that nothing in between converts them. */
import { crc32, deflateSync } from 'node:zlib';

export const colourTypes = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgba: 6 } as const;

interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: number;
  /** Rows without their filter byte, one after the other. */
  readonly rows: Uint8Array;
  /** Colours of a palette, three bytes each. */
  readonly palette?: Uint8Array;
  /** Opacity of the palette's colours. */
  readonly transparency?: Uint8Array;
}

export function encodePng({ width, height, bitDepth, colourType, rows, palette, transparency }: PngParts): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bitDepth, colourType, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...(palette === undefined ? [] : [chunk('PLTE', palette)]),
    ...(transparency === undefined ? [] : [chunk('tRNS', transparency)]),
    chunk('IDAT', deflateSync(withFilterBytes(rows, height), { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Black, one bit a pixel: a file of some 150 KB that unfolds to 756 MB of RGB at 252 megapixels. */
export function encodeBlackPng(width: number, height: number): Buffer {
  const rows = Buffer.alloc(Math.ceil(width / 8) * height);
  return encodePng({ width, height, bitDepth: 1, colourType: colourTypes.grey, rows });
}

function withFilterBytes(rows: Uint8Array, height: number): Buffer {
  const rowBytes = rows.length / height;
  const filtered = Buffer.alloc(rows.length + height);
  for (let y = 0; y < height; y++) filtered.set(rows.subarray(y * rowBytes, (y + 1) * rowBytes), y * (rowBytes + 1) + 1);
  return filtered;
}

function chunk(name: string, data: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(named, 4);
  framed.writeUInt32BE(crc32(named), named.length + 4);
  return framed;
}
