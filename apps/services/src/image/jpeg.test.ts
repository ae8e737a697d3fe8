import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { orientationExif, withExif } from '../testing/jpeg.ts';
import { jpegHeadBytes, readJpegSize } from './jpeg.ts';

const picture = sharp({ create: { width: 301, height: 7, channels: 3, background: 'teal' } });
const head = (file: Buffer): Buffer => file.subarray(0, jpegHeadBytes);

describe('the size of a JPEG by its head', () => {
  test.each([
    ['baseline', { optimiseCoding: false }],
    ['with tables of its own', { optimiseCoding: true }],
    ['without subsampling', { chromaSubsampling: '4:4:4' }],
    ['progressive', { progressive: true }],
  ])('is known when it is plain: %s', async (_kind, options) => {
    expect(readJpegSize(head(await picture.clone().jpeg(options).toBuffer()))).toEqual({ width: 301, height: 7 });
  });

  test('is left to the decoder when the picture may be turned, wherever that is told', async () => {
    const turned = withExif(await picture.clone().jpeg().toBuffer(), orientationExif(6));
    expect(readJpegSize(head(turned))).toBeUndefined();
    // The segment of EXIF behind the frame, just before the scan.
    const length = 2 + turned.readUInt16BE(4);
    const [exif, rest] = [turned.subarray(2, 2 + length), turned.subarray(2 + length)];
    const scan = rest.indexOf(Buffer.from([0xff, 0xda]));
    const late = Buffer.concat([turned.subarray(0, 2), rest.subarray(0, scan), exif, rest.subarray(scan)]);
    expect(readJpegSize(head(late))).toBeUndefined();
  });

  test('is left to the decoder when the head is cut anywhere, or is noise', async () => {
    const file = await picture.clone().jpeg().toBuffer();
    const scan = file.indexOf(Buffer.from([0xff, 0xda]));
    for (let length = 0; length <= scan; length += 1) expect(readJpegSize(file.subarray(0, length))).toBeUndefined();
    expect(readJpegSize(Buffer.alloc(jpegHeadBytes, 0xff))).toBeUndefined();
    expect(readJpegSize(Buffer.alloc(jpegHeadBytes))).toBeUndefined();
  });
});
