import { expect, test } from 'vitest';
import { fromFloat16, toFloat16 } from './float16.ts';

test('every 16-bit pattern survives the way to a number and back', () => {
  const patterns = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
  fromFloat16(patterns).forEach((value, bits) => {
    if (Number.isNaN(value)) expect(toFloat16(value)).toBe(0x7e00);
    else expect(toFloat16(value)).toBe(bits);
  });
});

test.each([
  [1, 0x3c00],
  [-2, 0xc000],
  [65_504, 0x7bff],
  [65_519, 0x7bff],
  [65_520, 0x7c00],
  [2 ** -24, 1],
  [2 ** -25, 0],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [0.1, 0x2e66],
])('%d rounds to pattern %d, ties to even', (value, bits) => {
  expect(toFloat16(value)).toBe(bits);
});
