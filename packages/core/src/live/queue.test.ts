import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFrameQueue } from './queue.ts';

function createQueue() {
  let time = 0;
  const queue = createFrameQueue<number>(() => time);
  return {
    ...queue,
    offer: (frame: number, afterMs: number) => {
      time += afterMs;
      return queue.offer(frame);
    },
  };
}

test('frames leave in the order in which they came', () => {
  const queue = createQueue();
  queue.offer(1, 33);
  queue.offer(2, 33);
  expect([queue.take()?.frame, queue.take()?.frame, queue.take()]).toEqual([1, 2, undefined]);
});

test('a third frame takes the place of the oldest', () => {
  const queue = createQueue();
  expect([queue.offer(1, 0), queue.offer(2, 0), queue.offer(3, 0)]).toEqual([undefined, undefined, 1]);
  expect(queue.take()).toEqual({ frame: 2, dropped: [] });
});

test('when the work is slower than the camera the newest goes first', () => {
  const queue = createQueue();
  queue.offer(1, 16);
  queue.take();
  queue.worked(40);
  queue.offer(2, 16);
  queue.offer(3, 16);
  expect(queue.take()).toEqual({ frame: 3, dropped: [2] });
});

test('one slow frame among quick ones drops nothing', () => {
  const queue = createQueue();
  for (let id = 1; id <= 50; id++) {
    queue.offer(id, 33);
    queue.take();
    queue.worked(id === 50 ? 70 : 15);
  }
  queue.offer(51, 33);
  queue.offer(52, 33);
  expect(queue.take()).toEqual({ frame: 51, dropped: [] });
});

test('every frame leaves once, taken or dropped, in order, whatever happens', () => {
  const happening = fc.oneof(
    fc.record({ kind: fc.constant('offer' as const), ms: fc.integer({ min: 0, max: 100 }) }),
    fc.record({ kind: fc.constant('take' as const), ms: fc.integer({ min: 0, max: 200 }) }),
  );
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 200 }), (happenings) => {
      const queue = createQueue();
      const [taken, dropped]: [number[], number[]] = [[], []];
      let offered = 0;
      const take = () => {
        const next = queue.take();
        if (next === undefined) return;
        taken.push(next.frame);
        dropped.push(...next.dropped);
      };
      for (const { kind, ms } of happenings) {
        if (kind === 'take') {
          take();
          queue.worked(ms);
        } else {
          const lost = queue.offer(++offered, ms);
          if (lost !== undefined) dropped.push(lost);
        }
      }
      take();
      take();
      expect(taken).toEqual(taken.toSorted((one, other) => one - other));
      expect([...taken, ...dropped].toSorted((one, other) => one - other)).toEqual(
        Array.from({ length: offered }, (_, index) => index + 1),
      );
    }),
  );
});
