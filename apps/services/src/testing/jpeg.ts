/** Segments of JPEG files, put in and taken out. */
import sharp from 'sharp';
import { encodeCmykTiff, type Inks } from './tiff.ts';

const app1 = 0xe1;
const app14 = 0xee;

/** An EXIF segment with this payload after its "Exif\0\0", before all other segments. */
export function withExif(jpeg: Buffer, payload: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), payload]);
  const head = Buffer.from([0xff, app1, (body.length + 2) >> 8, (body.length + 2) & 255]);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}

/** A minimal EXIF payload with nothing but the orientation tag; `type` 3 is what it should be. */
export function orientationExif(value: number, type = 3): Buffer {
  const payload = Buffer.alloc(26);
  payload.write('II*\0', 0, 'latin1');
  payload.writeUInt32LE(8, 4);
  payload.writeUInt16LE(1, 8);
  payload.writeUInt16LE(0x0112, 10);
  payload.writeUInt16LE(type, 12);
  payload.writeUInt32LE(1, 14);
  payload.writeUInt16LE(value, 18);
  return payload;
}

/** One colour in CMYK; the inks are inverted in the file, as Photoshop writes them and as viewers read them with or without the marker. */
export async function encodeCmykJpeg(inks: Inks, options: { readonly hasAdobeMarker: boolean }): Promise<Buffer> {
  const image = sharp(encodeCmykTiff(32, 24, inks))
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk');
  const file = await image.jpeg({ quality: 100 }).toBuffer();
  return options.hasAdobeMarker ? file : withoutSegment(file, app14);
}

export function hasAdobeMarker(jpeg: Buffer): boolean {
  return findSegment(jpeg, app14) !== undefined;
}

function withoutSegment(jpeg: Buffer, marker: number): Buffer {
  const found = findSegment(jpeg, marker);
  return found === undefined ? jpeg : Buffer.concat([jpeg.subarray(0, found.start), jpeg.subarray(found.end)]);
}

function findSegment(jpeg: Buffer, wanted: number): { start: number; end: number } | undefined {
  for (let at = 2; at + 4 <= jpeg.length && jpeg[at] === 0xff; ) {
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    if (jpeg[at + 1] === wanted) return { start: at, end };
    if (jpeg[at + 1] === 0xda) return undefined;
    at = end;
  }
  return undefined;
}
