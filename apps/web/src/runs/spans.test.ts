import { expect, test } from 'vitest';
import type { RunStep } from '../queries.ts';
import { spansOf } from './spans.ts';

const at = (ms: number): string => new Date(1_700_000_000_000 + ms).toISOString();
const step = (from: number | null, to: number | null) =>
  ({ started_at: from === null ? null : at(from), finished_at: to === null ? null : at(to) }) as RunStep;
const spans = (steps: readonly RunStep[], finished: number | null) =>
  spansOf({ created_at: at(0), finished_at: finished === null ? null : at(finished), steps: [...steps] }, 1_700_000_000_000 + 400);

test('steps stand on one scale from acceptance to the end', () => {
  const { spans: shown, totalMs } = spans([step(50, 100), step(100, 200)], 200);
  expect(totalMs).toBe(200);
  expect(shown.map(({ from, to }) => [from, to])).toEqual([
    [0.25, 0.5],
    [0.5, 1],
  ]);
});

test('what runs goes on until now; what has not begun has no bar', () => {
  const { spans: shown } = spans([step(100, null), step(null, null)], null);
  expect(shown.map(({ from, to }) => [from, to])).toEqual([
    [0.25, 1],
    [undefined, 0],
  ]);
});

test('clocks that disagree give no bar of negative width and none beyond the scale', () => {
  const { spans: shown } = spans([step(150, 90), step(-20, 900)], 200);
  expect(shown.map(({ from, to }) => [from, to])).toEqual([
    [0.75, 0.75],
    [0, 1],
  ]);
});
