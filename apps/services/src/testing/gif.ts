/** Animated GIFs with as many frames as one likes. */

/** A red first frame of `side` pixels square, then frames of one green pixel. */
export function encodeGif(side: number, frames: number): Buffer {
  const palette = Buffer.from([255, 0, 0, 0, 255, 0]);
  const screen = Buffer.from([side & 255, side >> 8, side & 255, side >> 8, 0x80, 0, 0]);
  const first = frame(side, side, 0);
  const others = Array.from({ length: frames - 1 }, () => later);
  return Buffer.concat([Buffer.from('GIF89a', 'latin1'), screen, palette, first, ...others, Buffer.from([0x3b])]);
}

function frame(width: number, height: number, colour: 0 | 1): Buffer {
  const descriptor = Buffer.from([0x2c, 0, 0, 0, 0, width & 255, width >> 8, height & 255, height >> 8, 0]);
  return Buffer.concat([descriptor, Buffer.from([2]), blocks(plainLzw(width * height, colour)), Buffer.from([0])]);
}

/** Codes of three bits; a clear code before every second pixel keeps the code size from growing. */
function plainLzw(pixels: number, colour: number): Buffer {
  const codes: number[] = [];
  for (let at = 0; at < pixels; at++) {
    if (at % 2 === 0) codes.push(4);
    codes.push(colour);
  }
  codes.push(5);
  const bytes = Buffer.alloc(Math.ceil((codes.length * 3) / 8));
  for (const [index, code] of codes.entries()) {
    for (let bit = 0; bit < 3; bit++) {
      const at = index * 3 + bit;
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (((code >> bit) & 1) << (at & 7));
    }
  }
  return bytes;
}

function blocks(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255);
    parts.push(Buffer.from([part.length]), part);
  }
  return Buffer.concat(parts);
}

const later = frame(1, 1, 1);
