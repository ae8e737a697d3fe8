/** Images for tests, good and bad, made here: each kind that has broken systems like this one. */
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

/** A picture with something in it, so that a cut file lacks something. */
function picture(width = 320, height = 240): Sharp {
  const data = Buffer.alloc(width * height * 3);
  for (let at = 0; at < data.length; at += 1) data[at] = (at * 7 + (at >> 5) * 13 + (at >> 9) * 31) % 256;
  return sharp(data, { raw: { width, height, channels: 3 } });
}

export const goodFormats = ['jpeg', 'png', 'webp', 'tiff', 'gif', 'avif', 'bmp'] as const;

export async function encoded(format: (typeof goodFormats)[number], width?: number, height?: number): Promise<Buffer> {
  if (format === 'bmp') return bmp(width, height);
  if (format === 'avif') return picture(width, height).avif({ effort: 0 }).toBuffer();
  return picture(width, height).toFormat(format).toBuffer();
}

/** 24 bits, rows from the bottom, as industrial cameras write it. */
function bmp(width = 320, height = 240): Buffer {
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + rowBytes * height, 0x60);
  bmpHeader(width, height, 24, 0).copy(file);
  file.writeUInt32LE(file.length, 2);
  return file;
}

function bmpHeader(width: number, height: number, bits: number, compression: number): Buffer {
  const header = Buffer.alloc(54);
  header.write('BM');
  header.writeUInt32LE(54, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(bits, 28);
  header.writeUInt32LE(compression, 30);
  return header;
}

/** 252 megapixels in a few bytes: a decoder that believes it takes a gigabyte. */
export function hugeBmp(): Buffer {
  return Buffer.concat([bmpHeader(18_000, 14_000, 8, 1), Buffer.alloc(1000)]);
}

export function hugePng(): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(18_000, 0);
  header.writeUInt32BE(14_000, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(100))), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** Frames of one pixel, 23 bytes each. */
export function gifOfFrames(count: number): Buffer {
  const header = Buffer.from('47494638396101000100800000ff000000ff00', 'hex');
  const frame = Buffer.from('21f904000a0000002c00000000010001000002024401', 'hex');
  return Buffer.concat([header, ...Array.from({ length: count }, () => Buffer.concat([frame, Buffer.from([0])])), Buffer.from([0x3b])]);
}

/** Stored lying on its side: upright it is as wide as the stored one is high. */
export function turnedJpeg(width: number, height: number): Promise<Buffer> {
  return picture(width, height).withMetadata({ orientation: 6 }).jpeg().toBuffer();
}

export function cmykJpeg(): Promise<Buffer> {
  return picture().toColourspace('cmyk').jpeg().toBuffer();
}

/** Without the Adobe marker a decoder must not take the inks for inverted. */
export async function cmykJpegWithoutAdobe(): Promise<Buffer> {
  const bytes = await cmykJpeg();
  const at = bytes.indexOf(Buffer.from([0xff, 0xee]));
  return at === -1 ? bytes : Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 2 + bytes.readUInt16BE(at + 2))]);
}

/** An EXIF block full of nonsense, right after the start marker. */
export async function jpegWithBrokenExif(): Promise<Buffer> {
  const bytes = await encoded('jpeg');
  const body = Buffer.concat([Buffer.from('Exif\0\0MM\0*', 'latin1'), Buffer.alloc(60, 0xff)]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length + 2);
  return Buffer.concat([bytes.subarray(0, 2), Buffer.from([0xff, 0xe1]), length, body, bytes.subarray(2)]);
}

/** As phones write it: a film behind the picture. */
export async function jpegWithMoreBehind(): Promise<Buffer> {
  return Buffer.concat([await encoded('jpeg'), Buffer.alloc(5000, 0x41)]);
}

export const cut = (bytes: Buffer, share: number): Buffer => bytes.subarray(0, Math.floor(bytes.length * share));

/** What is sent in the place of images, under an image's name. */
export const foreign: Readonly<Record<string, Buffer>> = {
  HTML: Buffer.from('<!DOCTYPE html><html><body><script>alert(1)</script></body></html>'),
  SVG: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>'),
  'SVG with an external entity': Buffer.from(
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>',
  ),
  'SVG in broken UTF-8': Buffer.concat([
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><text>'),
    Buffer.from([0xff, 0xfe, 0xc0, 0x80]),
  ]),
  PDF: Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n'),
  ZIP: Buffer.concat([Buffer.from([0x50, 0x4b, 0x03, 0x04]), Buffer.alloc(200)]),
  gzip: Buffer.concat([Buffer.from([0x1f, 0x8b, 0x08]), Buffer.alloc(100)]),
  HEIC: Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic'), Buffer.alloc(100)]),
  text: Buffer.from('BMW is not a bitmap, and this is only text'),
  nothing: Buffer.alloc(0),
};
