import { expect, test } from 'vitest';
import { toSharp } from '../testing/files.ts';
import { gradient } from '../testing/pixels.ts';
import { releasePixels } from './release.ts';

test('pixels with a buffer of their own give it back, once or twice', async () => {
  const data = await toSharp(gradient(100, 100)).raw().toBuffer();
  releasePixels({ data });
  expect(data.length).toBe(0);
  expect(() => releasePixels({ data })).not.toThrow();
});

test('pixels behind the header of their file give back the whole file', () => {
  const file = Buffer.from(new ArrayBuffer(300 + 12));
  releasePixels({ data: file.subarray(12) });
  expect(file.length).toBe(0);
});

test('pixels inside a message give back the whole message', () => {
  const message = Buffer.from(new ArrayBuffer(640 * 360 * 3 + 600));
  releasePixels({ data: message.subarray(300, -300) });
  expect(message.length).toBe(0);
});

test('a part of something larger is left alone', () => {
  const large = new Uint8Array(1000);
  releasePixels({ data: large.subarray(0, 300) });
  expect(large.length).toBe(1000);
});

test('a part of the pool that small buffers share is left alone', () => {
  const one = Buffer.from('x'.repeat(Buffer.poolSize / 2 - 1));
  releasePixels({ data: one });
  expect(one.length).toBeGreaterThan(0);
});
