import { describe, expect, test } from 'vitest';
import { boxFields, readEndToEndBoxes, readRawBoxes } from './boxes.ts';
import type { BoxLimits } from './messages.ts';

const limits: BoxLimits = { confidence: 0.25, iou: 0.5, maxDetections: 300, wanted: undefined };

/** Rows of cx, cy, w, h, scores…, one array per candidate. */
function raw(candidates: readonly (readonly number[])[]): { data: Float32Array; rows: number; count: number } {
  const rows = candidates[0]?.length ?? 0;
  const data = new Float32Array(rows * candidates.length);
  candidates.forEach((candidate, index) => {
    candidate.forEach((value, row) => {
      data[row * candidates.length + index] = value;
    });
  });
  return { data, rows, count: candidates.length };
}

function split(boxes: Float32Array): number[][] {
  return Array.from({ length: boxes.length / boxFields }, (_, index) => [...boxes.subarray(index * boxFields, (index + 1) * boxFields)]);
}

describe('raw boxes', () => {
  test('become corners with their best class, best box first', () => {
    const { data, rows, count } = raw([
      [50, 50, 20, 10, 0.1, 0.5],
      [200, 100, 40, 40, 0.75, 0.25],
    ]);
    expect(split(readRawBoxes(data, rows, count, limits))).toEqual([
      [180, 80, 220, 120, 0.75, 0],
      [40, 45, 60, 55, 0.5, 1],
    ]);
  });

  test('that overlap are reduced to the best of their class, not across classes', () => {
    const { data, rows, count } = raw([
      [50, 50, 20, 20, 0.5, 0],
      [51, 50, 20, 20, 0.75, 0],
      [50, 51, 20, 20, 0, 0.625],
    ]);
    expect(split(readRawBoxes(data, rows, count, limits)).map((box) => [box[4], box[5]])).toEqual([
      [0.75, 0],
      [0.625, 1],
    ]);
  });

  test('must be above the confidence, of a wanted class, and no more than asked for', () => {
    const { data, rows, count } = raw([
      [10, 10, 5, 5, 0.25, 0],
      [30, 10, 5, 5, 0.5, 0.75],
      [50, 10, 5, 5, 0.875, 0],
      [70, 10, 5, 5, Number.NaN, 0],
    ]);
    expect(split(readRawBoxes(data, rows, count, limits)).map((box) => box[4])).toEqual([0.875, 0.75]);
    expect(split(readRawBoxes(data, rows, count, { ...limits, maxDetections: 1 })).map((box) => box[4])).toEqual([0.875]);
    expect(split(readRawBoxes(data, rows, count, { ...limits, wanted: Uint8Array.of(1, 0) })).map((box) => [box[4], box[5]])).toEqual([
      [0.875, 0],
    ]);
  });
});

describe('end-to-end boxes', () => {
  test('skip the zero rows and classes not wanted, best first', () => {
    const data = Float32Array.from([...[1, 2, 3, 4, 0.5, 0], ...[5, 6, 7, 8, 0.75, 1], ...[0, 0, 0, 0, 0, 0]]);
    expect(split(readEndToEndBoxes(data, 3, { ...limits, confidence: 0 })).map((box) => box[4])).toEqual([0.75, 0.5]);
    expect(split(readEndToEndBoxes(data, 3, { ...limits, wanted: Uint8Array.of(1, 0) })).map((box) => box[0])).toEqual([1]);
  });
});
