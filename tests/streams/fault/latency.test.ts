import { expect, test } from 'vitest';
import { changeOf, slowed, type Times } from './latency.ts';

const minute = 60_000;

/** Five frames a second for three minutes, of which the first warms up. */
function play(firstMs: number, lastMs: number): Times {
  return Array.from({ length: 900 }, (_, frame) => ({ atMs: frame * 200, latencyMs: frame * 200 < 2 * minute ? firstMs : lastMs }));
}

function judge(streams: Readonly<Record<string, Times>>): string[] {
  return slowed(changeOf(new Map(Object.entries(streams)), 3 * minute));
}

test('streams that take turns in meeting each other have not become slower', () => {
  expect(judge({ file: play(25, 41), grpc: play(60, 39), socket: play(51, 41) })).toEqual([]);
});

test('a stream that is slower than all were at first is named', () => {
  expect(judge({ file: play(25, 80), grpc: play(60, 39), socket: play(51, 41) })).toEqual([
    'all streams: p95 was 60 ms in the first minute (of all streams 60) and 80 ms in the last',
    'file: p95 was 25 ms in the first minute (of all streams 60) and 80 ms in the last',
  ]);
});

test('streams that have all become slower are found', () => {
  expect(judge({ file: play(25, 35), grpc: play(25, 35) })).toHaveLength(3);
});
