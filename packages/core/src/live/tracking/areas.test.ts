import { expect, test } from 'vitest';
import type { Detection } from '../../pipeline/data.ts';
import { type AreaCounter, type AreaSettings, createLineCounter, createZoneCounter, type Point } from './areas.ts';

const settings: AreaSettings = { anchor: 'center', classes: undefined, lostMs: 1_000 };
const line = { name: 'gate', from: { x: 100, y: 0 }, to: { x: 100, y: 200 } };
const square = {
  name: 'bay',
  points: [
    { x: 0, y: 0 },
    { x: 100, y: 0 },
    { x: 100, y: 100 },
    { x: 0, y: 100 },
  ],
};

/** 0: not tracked. */
function seen(id: number, { x, y }: Point, name = 'box'): Detection {
  const box = { x: x - 10, y: y - 10, width: 20, height: 20 };
  return { class_name: name, class_id: 0, confidence: 1, bbox: box, bbox_original: box, ...(id === 0 ? {} : { track_id: id }) };
}

/** One object's way, a point each 100 ms. */
function walk(counter: AreaCounter, points: readonly Point[], id = 1, name = 'box') {
  return points.map((point, index) => counter.update([seen(id, point, name)], index * 100)[0]).at(-1);
}

const xs = (...values: readonly number[]) => values.map((x) => ({ x, y: 50 }));

test('a line counts each way of crossing, by class', () => {
  const counter = createLineCounter(line, settings);
  // Down along the line, right is where x is smaller.
  expect(walk(counter, xs(140, 120, 80, 60))).toMatchObject({ name: 'gate', entered: 1, left: 0, enteredByClass: { box: 1 } });
  expect(walk(counter, xs(60, 80, 120))).toMatchObject({ entered: 1, left: 1 });
  expect(walk(counter, xs(140, 60), 2, 'bag')).toMatchObject({ entered: 2, left: 1, enteredByClass: { box: 1, bag: 1 } });
});

test('who goes past the end of a line does not cross it', () => {
  const past = [140, 60].map((x) => ({ x, y: 230 }));
  expect(walk(createLineCounter(line, settings), past)).toMatchObject({ entered: 0, left: 0 });
});

test('who rests on a line and trembles is counted once', () => {
  expect(walk(createLineCounter(line, settings), xs(140, 100.4, 99.6, 100.3, 99.7, 100.2, 60))).toMatchObject({ entered: 1, left: 0 });
});

test('what is not tracked, or of another class, is not counted', () => {
  expect(walk(createLineCounter(line, settings), xs(140, 60), 0)).toMatchObject({ entered: 0 });
  const people = createLineCounter(line, { ...settings, classes: new Set(['person']) });
  expect(walk(people, xs(140, 60))).toMatchObject({ entered: 0 });
});

test('a zone counts who is in, who came and went, and how long they stayed', () => {
  const counter = createZoneCounter(square, settings);
  expect(walk(counter, xs(-50, 50, 50, 50))).toMatchObject({ entered: 1, left: 0, inside: 1, maxDwellMs: 200 });
  const other = counter.update([seen(1, { x: 50, y: 50 }), seen(2, { x: 20, y: 20 })], 400)[0];
  expect(other).toMatchObject({ entered: 2, inside: 2, meanDwellMs: 150, maxDwellMs: 300 });
  const gone = counter.update([seen(1, { x: 150, y: 50 }), seen(2, { x: 20, y: 20 })], 500)[0];
  expect(gone).toMatchObject({ entered: 2, left: 1, inside: 1, maxDwellMs: 400 });
});

test('who vanishes inside a zone has left it when last seen, once the time is up', () => {
  const counter = createZoneCounter(square, settings);
  walk(counter, xs(50, 50, 50));
  expect(counter.update([], 1_100)[0]).toMatchObject({ inside: 1, left: 0 });
  expect(counter.update([], 1_300)[0]).toMatchObject({ inside: 0, left: 1, meanDwellMs: 200 });
});

test('a zone may have any shape, and the foot of a box may count instead of its middle', () => {
  const hook = [
    { x: 0, y: 0 },
    { x: 100, y: 0 },
    { x: 100, y: 100 },
    { x: 80, y: 100 },
    { x: 80, y: 20 },
    { x: 0, y: 20 },
  ];
  const inside = (point: Point, anchor: AreaSettings['anchor'] = 'center') =>
    createZoneCounter({ name: 'hook', points: hook }, { ...settings, anchor }).update([seen(1, point)], 0)[0]?.inside;
  expect([inside({ x: 50, y: 10 }), inside({ x: 90, y: 60 }), inside({ x: 40, y: 60 })]).toEqual([1, 1, 0]);
  expect([inside({ x: 50, y: 15 }), inside({ x: 50, y: 15 }, 'bottom')]).toEqual([1, 0]);
});
