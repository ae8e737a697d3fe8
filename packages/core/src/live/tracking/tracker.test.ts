import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Detection } from '../../pipeline/data.ts';
import { assign } from './assign.ts';
import { boxOf, correctMotion, predictMotion, startMotion } from './kalman.ts';
import { createTracker } from './tracker.ts';

const settings = { high: 0.5, low: 0.1, minOverlap: 0.2, lostMs: 1_000, acrossClasses: false };
const frameMs = 1000 / 30;

function at(x: number, y: number, more: { name?: string; confidence?: number; size?: number } = {}): Detection {
  const { name = 'part', confidence = 0.9, size = 50 } = more;
  const box = { x, y, width: size, height: size };
  return { class_name: name, class_id: 0, confidence, bbox: box, bbox_original: box };
}

/** Ids of each frame's detections, 0 for none. */
function track(frames: readonly (readonly Detection[])[], stepMs = frameMs, own = settings): number[][] {
  const tracker = createTracker(own);
  return frames.map((detections, index) => tracker.update(detections, index * stepMs).map(({ track_id }) => track_id ?? 0));
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

test('an object keeps its number while it moves', () => {
  const ids = track(range(60).map((index) => [at(10 + 8 * index, 100)]));
  expect(new Set(ids.flat())).toEqual(new Set([1]));
});

test('two objects that cross keep their numbers', () => {
  const ids = track(range(61).map((index) => [at(10 * index, 100 + 2 * index), at(600 - 10 * index, 160 - 2 * index + 60)]));
  expect(ids.at(-1)).toEqual([1, 2]);
});

test('an object behind something for less than the limit is found again, later it is another one', () => {
  const frames = (hidden: number) => range(80).map((index) => (index >= 20 && index < 20 + hidden ? [] : [at(4 * index, 100)]));
  expect(track(frames(20)).at(-1)).toEqual([1]);
  expect(track(frames(40)).at(-1)).toEqual([2]);
});

test('an object that is hardly seen for a while keeps its number: unsure detections continue tracks', () => {
  const ids = track(range(40).map((index) => [at(5 * index, 100, { confidence: index % 10 < 5 ? 0.9 : 0.2 })]));
  expect(new Set(ids.flat())).toEqual(new Set([1]));
});

test('unsure detections start no track, and what is seen once gets no number', () => {
  expect(track(range(5).map(() => [at(10, 10, { confidence: 0.3 })])).flat()).toEqual([0, 0, 0, 0, 0]);
  expect(track([[], [at(10, 10)], [], [at(500, 500)], []])).toEqual([[], [0], [], [0], []]);
});

test('a new object gets its number in its second frame', () => {
  expect(track([[at(0, 0)], [at(0, 0), at(300, 300)], [at(0, 0), at(300, 300)]])).toEqual([[1], [1, 0], [1, 2]]);
});

test('another class is another object, unless it may change', () => {
  const frames = [[at(0, 0)], [at(0, 0, { name: 'other' })], [at(0, 0, { name: 'other' })]];
  expect(track(frames)).toEqual([[1], [0], [2]]);
  expect(track(frames, frameMs, { ...settings, acrossClasses: true })).toEqual([[1], [1], [1]]);
});

test('dropped frames are longer steps: a fast object is found where it must be by then', () => {
  // 12 pixels a frame; from the tenth on only every fifth frame comes.
  const tracker = createTracker(settings);
  const times = [...range(10), 15, 20, 25, 30];
  const ids = times.map((frame) => tracker.update([at(12 * frame, 0)], frame * frameMs)[0]?.track_id);
  expect(new Set(ids)).toEqual(new Set([1]));
});

test('numbers of a frame are unique, order and boxes stay, whatever is detected', () => {
  const detection = fc.record({
    x: fc.integer({ min: 0, max: 300 }),
    y: fc.integer({ min: 0, max: 300 }),
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(fc.array(detection, { maxLength: 12 }), { maxLength: 15 }), (frames) => {
      const tracker = createTracker(settings);
      frames.forEach((list, index) => {
        const given = list.map(({ x, y, confidence }) => at(x, y, { confidence }));
        const answered = tracker.update(given, index * frameMs);
        expect(answered.map(({ track_id: _, ...rest }) => rest)).toEqual(given);
        const ids = answered.flatMap(({ track_id }) => track_id ?? []);
        expect(new Set(ids).size).toBe(ids.length);
      });
    }),
  );
});

test('the pairing is the cheapest there is, without forbidden pairs', () => {
  const costs = fc
    .integer({ min: 1, max: 5 })
    .chain((columns) =>
      fc.array(fc.array(fc.integer({ min: 0, max: 12 }), { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 5 }),
    );
  const limit = 9;
  const costOf = (rows: readonly (readonly number[])[], chosen: readonly number[]) =>
    chosen.reduce((sum, column, row) => sum + (column < 0 ? limit : (rows[row]?.[column] ?? 0)), 0);
  const cheapest = (rows: readonly (readonly number[])[], row = 0, used: readonly number[] = []): number => {
    const line = rows[row];
    if (line === undefined) return 0;
    const pairs = line.map((cost, column) =>
      cost > limit || used.includes(column) ? Infinity : cost + cheapest(rows, row + 1, [...used, column]),
    );
    return Math.min(limit + cheapest(rows, row + 1, used), ...pairs);
  };
  fc.assert(
    fc.property(costs, (rows) => {
      const chosen = assign(rows, limit);
      const taken = chosen.filter((column) => column >= 0);
      expect(new Set(taken).size).toBe(taken.length);
      expect(chosen.every((column, row) => column < 0 || (rows[row]?.[column] ?? 0) <= limit)).toBe(true);
      expect(costOf(rows, chosen)).toBe(cheapest(rows));
    }),
  );
});

test('a motion that is seen for a second is foreseen', () => {
  let motion = startMotion({ x: 0, y: 0, width: 40, height: 80 });
  for (let frame = 1; frame <= 30; frame++)
    motion = correctMotion(predictMotion(motion, 1), { x: 6 * frame, y: 3 * frame, width: 40, height: 80 });
  const { x, y, width, height } = boxOf(predictMotion(motion, 5));
  expect(Math.abs(x - 6 * 35)).toBeLessThan(4);
  expect(Math.abs(y - 3 * 35)).toBeLessThan(2);
  expect([width, height].map(Math.round)).toEqual([40, 80]);
});
