import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areaOf, coveredArea, cutBox, type RegionShape } from './region.ts';

const square = { kind: 'box', x: 0, y: 0, width: 100, height: 100 } as const;
const corners = [
  { x: 0, y: 0 },
  { x: 100, y: 0 },
  { x: 100, y: 100 },
  { x: 0, y: 100 },
];
const box = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });

test.each([
  ['two that overlap', [box(0, 0, 10, 10), box(5, 0, 10, 10)], 150],
  ['one within another', [box(0, 0, 10, 10), box(2, 2, 5, 5)], 100],
  ['two that touch', [box(0, 0, 10, 10), box(10, 0, 10, 10)], 200],
  ['one half outside', [box(-5, 0, 10, 10)], 50],
  ['one outside', [box(200, 0, 10, 10)], 0],
  ['none', [], 0],
])('%s cover %d of a box', (_name, boxes, area) => {
  expect(coveredArea(boxes, square)).toBeCloseTo(area, 9);
});

test('a triangle and a circle are cut as they are', () => {
  const triangle: RegionShape = { kind: 'polygon', points: corners.slice(0, 3) };
  expect(coveredArea([box(0, 0, 50, 50)], triangle)).toBeCloseTo(1250, 9);
  expect(areaOf(triangle)).toBe(5000);
  const circle: RegionShape = { kind: 'circle', x: 50, y: 50, radius: 50 };
  expect(coveredArea([box(0, 0, 100, 100)], circle)).toBeCloseTo(Math.PI * 2500, 2);
  expect(Math.abs(coveredArea([box(0, 0, 50, 100)], circle) - Math.PI * 1250)).toBeLessThan(0.0002 * Math.PI * 2500);
  expect(cutBox(box(-20, 40, 60, 10), square)).toEqual(box(0, 40, 40, 10));
  expect(cutBox(box(-20, 40, 10, 10), square)).toBeUndefined();
});

test('the area is what counting pixels gives, in a box and in the same shape as a polygon', () => {
  const side = fc.integer({ min: 1, max: 40 });
  const place = fc.integer({ min: -20, max: 110 });
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(place, place, side, side).map((parts) => box(...parts)),
        { maxLength: 8 },
      ),
      (boxes) => {
        let pixels = 0;
        for (let y = 0; y < 100; y += 1) {
          for (let x = 0; x < 100; x += 1) {
            if (boxes.some((each) => x >= each.x && x < each.x + each.width && y >= each.y && y < each.y + each.height)) pixels += 1;
          }
        }
        expect(coveredArea(boxes, square)).toBeCloseTo(pixels, 6);
        expect(coveredArea(boxes, { kind: 'polygon', points: corners })).toBeCloseTo(pixels, 6);
      },
    ),
  );
});
