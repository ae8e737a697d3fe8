import { expect, test } from 'vitest';
import { toSharp } from '../testing/files.ts';
import { gradient } from '../testing/pixels.ts';
import { releasePixels } from './release.ts';

test('pixels with a buffer of their own give it back, once or twice', async () => {
  const data = await toSharp(gradient(100, 100)).raw().toBuffer();
  releasePixels({ data, width: 100, height: 100 });
  expect(data.length).toBe(0);
  expect(() => releasePixels({ data, width: 100, height: 100 })).not.toThrow();
});

test('pixels behind the header of their file give back the whole file', () => {
  const file = Buffer.from(new ArrayBuffer(300 + 12));
  releasePixels({ data: file.subarray(12), width: 10, height: 10 });
  expect(file.length).toBe(0);
});

test('a part of something larger is left alone', () => {
  const large = new Uint8Array(1000);
  releasePixels({ data: large.subarray(0, 300), width: 10, height: 10 });
  expect(large.length).toBe(1000);
});
