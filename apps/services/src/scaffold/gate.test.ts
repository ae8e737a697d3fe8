import { AppError } from '@imageflow/core';
import { expect, test } from 'vitest';
import { createGate } from './gate.ts';

const never = new AbortController().signal;

interface Held {
  readonly done: Promise<string>;
  finish(): void;
}

function hold(gate: ReturnType<typeof createGate>, signal = never, weightBytes = 0, started: string[] = [], name = ''): Held {
  let finish: () => void = () => {};
  const until = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const done = gate.run(signal, weightBytes, async () => {
    started.push(name);
    await until;
    return name;
  });
  done.catch(() => {});
  return { done, finish: () => finish() };
}

test('as many calls as allowed run at once, the next ones wait in order, the one past the line is refused', async () => {
  const gate = createGate({ concurrency: 2, waitingLimit: 2 });
  const started: string[] = [];
  const calls = ['a', 'b', 'c', 'd'].map((name) => hold(gate, never, 0, started, name));
  expect([gate.running, gate.waiting, started]).toEqual([2, 2, ['a', 'b']]);
  await expect(gate.run(never, 0, async () => 'e')).rejects.toMatchObject({ code: 'QUEUE_FULL', retryAfterSeconds: 1, retryable: true });

  for (const call of calls) call.finish();
  expect(await Promise.all(calls.map((call) => call.done))).toEqual(['a', 'b', 'c', 'd']);
  expect([gate.running, gate.waiting]).toEqual([0, 0]);
});

test('a place is free again after a failure', async () => {
  const gate = createGate({ concurrency: 1, waitingLimit: 0 });
  await expect(gate.run(never, 0, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await gate.run(never, 0, async () => 'fine')).toBe('fine');
});

test('a caller that gives up in line leaves it without having run', async () => {
  const gate = createGate({ concurrency: 1, waitingLimit: 1 });
  const first = hold(gate);
  const [gaveUp, started] = [new AbortController(), [] as string[]];
  const second = hold(gate, gaveUp.signal, 10, started, 'second');
  gaveUp.abort(new AppError('CANCELLED'));
  await expect(second.done).rejects.toMatchObject({ code: 'CANCELLED' });
  expect([gate.waiting, started]).toEqual([0, []]);
  first.finish();
  await first.done;
});

test('a caller that gives up in the middle is answered at once, but its place is held until the work has ended', async () => {
  const gate = createGate({ concurrency: 1, waitingLimit: 1 });
  const gaveUp = new AbortController();
  const call = hold(gate, gaveUp.signal);
  gaveUp.abort(new AppError('STEP_TIMEOUT'));
  await expect(call.done).rejects.toMatchObject({ code: 'STEP_TIMEOUT' });
  expect(gate.running).toBe(1);
  call.finish();
  await gate.drain();
  expect(gate.running).toBe(0);
});

test('a signal that has aborted already does not enter', async () => {
  const gate = createGate({ concurrency: 1, waitingLimit: 1 });
  await expect(gate.run(AbortSignal.abort(new AppError('CANCELLED')), 0, async () => 'ran')).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(gate.running).toBe(0);
});

test('callers in line may hold 256 MiB of images in memory together, not more', async () => {
  const gate = createGate({ concurrency: 1, waitingLimit: 100 });
  const image = 64 * 1024 * 1024;
  const running = hold(gate, never, image);
  const waiting = Array.from({ length: 4 }, () => hold(gate, never, image));
  await expect(gate.run(never, image, async () => 'fifth')).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  for (const call of [running, ...waiting]) call.finish();
  await Promise.all(waiting.map((call) => call.done));
});

test('draining lets everyone inside and in line finish and refuses newcomers', async () => {
  const gate = createGate({ concurrency: 1, waitingLimit: 1 });
  const calls = [hold(gate, never, 0, [], 'inside'), hold(gate, never, 0, [], 'in line')];
  const drained = gate.drain();
  await expect(gate.run(never, 0, async () => 'late')).rejects.toMatchObject({ code: 'SHUTTING_DOWN', retryable: true });
  for (const call of calls) call.finish();
  await drained;
  expect(await Promise.all(calls.map((call) => call.done))).toEqual(['inside', 'in line']);
});
