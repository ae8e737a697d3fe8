/** Format and size of an encoded frame from its head, without decoding: what is too large must not reach a decoder. */

export interface FrameHead {
  readonly format: 'jpeg' | 'png' | 'webp';
  /** Pixels, as stored (before an EXIF orientation is applied). */
  readonly width: number;
  readonly height: number;
}

/** Undefined when it is none of the formats that frames may have, or cut before its size. */
export function readFrameHead(bytes: Uint8Array): FrameHead | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 30) return undefined;
  if (view.getUint16(0) === 0xffd8) return readJpeg(view);
  if (view.getUint32(0) === 0x89504e47 && view.getUint32(4) === 0x0d0a1a0a) return readPng(view);
  if (view.getUint32(0) === riff && view.getUint32(8) === webp) return readWebp(view);
  return undefined;
}

/** Four letters as they stand in the file. */
const letters = (word: string): number => [...word].reduce((number, letter) => number * 256 + letter.charCodeAt(0), 0);
const riff = letters('RIFF');
const webp = letters('WEBP');

/** Walks the segments to the start of frame (ITU-T T.81, B.2.2). */
function readJpeg(view: DataView): FrameHead | undefined {
  let at = 2;
  while (at + 9 < view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) at += 1;
    else if (isStartOfFrame(marker)) return known('jpeg', view.getUint16(at + 7), view.getUint16(at + 5));
    else if (marker === 0xda || marker === 0xd9) return undefined;
    else at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** SOF0 to SOF15; C4, C8 and CC among them are other segments. */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function readPng(view: DataView): FrameHead | undefined {
  return known('png', view.getUint32(16), view.getUint32(20));
}

/** RFC 9649: the three kinds of first chunk. */
function readWebp(view: DataView): FrameHead | undefined {
  switch (view.getUint32(12)) {
    case letters('VP8 '):
      return known('webp', view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
    case letters('VP8L'): {
      const bits = view.getUint32(21, true);
      return known('webp', (bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
    }
    case letters('VP8X'):
      return known('webp', 1 + read24(view, 24), 1 + read24(view, 27));
    default:
      return undefined;
  }
}

function read24(view: DataView, at: number): number {
  return view.getUint16(at, true) + view.getUint8(at + 2) * 65_536;
}

function known(format: FrameHead['format'], width: number, height: number): FrameHead | undefined {
  return width > 0 && height > 0 ? { format, width, height } : undefined;
}
