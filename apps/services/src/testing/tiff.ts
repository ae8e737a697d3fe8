/** Uncompressed CMYK TIFF of one colour: the only simple file that carries inks as given. */

/** 0 none to 255 full. */
export type Inks = readonly [cyan: number, magenta: number, yellow: number, black: number];

export function encodeCmykTiff(width: number, height: number, inks: Inks): Buffer {
  const tags: readonly (readonly [tag: number, type: number, count: number, value: number])[] = [
    [256, 3, 1, width],
    [257, 3, 1, height],
    [258, 3, 4, bitsAt],
    [259, 3, 1, 1],
    [262, 3, 1, 5],
    [273, 4, 1, pixelsAt],
    [277, 3, 1, 4],
    [278, 3, 1, height],
    [279, 4, 1, width * height * 4],
  ];
  const file = Buffer.alloc(pixelsAt + width * height * 4);
  file.write('II*\0', 0, 'latin1');
  file.writeUInt32LE(8, 4);
  file.writeUInt16LE(tags.length, 8);
  for (const [index, [tag, type, count, value]] of tags.entries()) {
    const at = 10 + index * 12;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(count, at + 4);
    file.writeUInt32LE(value, at + 8);
  }
  for (let sample = 0; sample < 4; sample++) file.writeUInt16LE(8, bitsAt + sample * 2);
  for (let at = pixelsAt; at < file.length; at += 4) file.set(inks, at);
  return file;
}

const bitsAt = 200;
const pixelsAt = 256;
