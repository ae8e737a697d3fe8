import { describe, expect, it } from 'vitest';
import { firstFrameOf } from './gif.ts';

const header = [...'GIF89a'].map((letter) => letter.charCodeAt(0));
const screen = [1, 0, 1, 0, 0x80, 0, 0, 255, 0, 0, 0, 255, 0];
const control = [0x21, 0xf9, 4, 0, 10, 0, 0, 0];
const comment = [0x21, 0xfe, 2, 65, 66, 1, 67, 0];
const frame = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
/** With a colour table of its own. */
const colourful = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0x80, 1, 2, 3, 4, 5, 6, 2, 2, 0x44, 1, 0];

describe('the first frame of a GIF', () => {
  it.each([
    ['the only frame', [...frame], []],
    ['a frame with extensions before it', [...control, ...comment, ...frame], [...control, ...frame]],
    ['a frame with its own colours', [...colourful], [...frame]],
  ])('is %s, whatever follows', (_what, first, rest) => {
    const gif = new Uint8Array([...header, ...screen, ...first, ...rest, 0x3b]);
    expect(firstFrameOf(gif)).toEqual(new Uint8Array([...header, ...screen, ...first, 0x3b]));
  });

  it('is missing when the file ends anywhere before its end', () => {
    const gif = new Uint8Array([...header, ...screen, ...control, ...colourful]);
    for (let length = 0; length < gif.length; length += 1) expect(firstFrameOf(gif.subarray(0, length)), `${length}`).toBeUndefined();
    expect(firstFrameOf(gif)).toBeDefined();
  });

  it('is missing in a file without a frame', () => {
    expect(firstFrameOf(new Uint8Array([...header, ...screen, ...comment, 0x3b]))).toBeUndefined();
  });
});
