import type { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openPreview } from './preview.ts';
import type { Watched, Watcher } from './watched.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The preview of a stream whose frames the test gives. */
function preview(signal = new AbortController().signal) {
  const watchers = new Set<Watcher>();
  const watch = (watcher: Watcher) => {
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  };
  const onClose = vi.fn();
  const output = openPreview({ watch } as Pick<Watched, 'watch'> as Watched, undefined, signal, onClose);
  const frame = (size: number) => {
    for (const watcher of watchers) watcher.onPlain?.(Buffer.alloc(size));
  };
  return { output, frame, watchers, onClose };
}

const tick = async (ms: number) => {
  await vi.advanceTimersByTimeAsync(ms);
  await new Promise((resolve) => setImmediate(resolve));
};

/** Sizes of the pictures in what came. */
function follow(output: PassThrough): readonly number[] {
  const sizes: number[] = [];
  output.on('data', (data) => {
    const [, size] = /Content-Length: (\d+)/.exec(String(data)) ?? [];
    if (size !== undefined) sizes.push(Number(size));
  });
  return sizes;
}

test('while no frames come something moves: a grey picture at first, then the last frame', async () => {
  const { output, frame, onClose } = preview();
  const sizes = follow(output);
  await tick(45_000);
  expect(sizes).toHaveLength(2);
  frame(1_234);
  await tick(65_000);
  expect(sizes.slice(2)).toEqual([1_234, 1_234, 1_234, 1_234]);
  expect(onClose).not.toHaveBeenCalled();
});

test.each([500, 100_000])('a reader that takes nothing of pictures of %i bytes is left, and its place is free', async (size) => {
  const { output, frame, watchers, onClose } = preview();
  const sizes = follow(output);
  frame(size);
  await tick(100);
  expect(sizes).toEqual([size]);
  output.pause();
  for (let count = 0; count < 500; count += 1) frame(size);
  await tick(8_000);
  expect(onClose).not.toHaveBeenCalled();
  await tick(5_000);
  expect(onClose).toHaveBeenCalledOnce();
  expect(watchers.size).toBe(0);
});

test('the end of the request ends it', async () => {
  const request = new AbortController();
  const { watchers, onClose } = preview(request.signal);
  request.abort();
  await tick(0);
  expect(onClose).toHaveBeenCalledOnce();
  expect(watchers.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
