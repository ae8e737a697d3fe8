import { expect, test } from 'vitest';
import { type Balancing, chooseInstance } from './balance.ts';
import { afterCall, expectedMs, noFigures, percentileMs } from './figures.ts';
import { type Instance, newInstance } from './instance.ts';

const report = { status: 'serving', version: '1', memoryUsageMb: 0, connections: 0, responseTimeMs: 0, uptimeSeconds: 1 } as const;

function instance(id: string, calls: number, cpuUsage: number, meanMs: number, lastPick = 0): Instance {
  const fresh = newInstance({ id, service: 'S', address: `${id}:1`, origin: 'settings', maxConnections: 0 }, 0);
  const figures = meanMs === 0 ? noFigures : afterCall(noFigures, meanMs, false, 0);
  return { ...fresh, calls, lastPick, figures, report: { ...report, cpuUsage } };
}

const three = [instance('a', 3, 10, 50), instance('b', 1, 80, 90), instance('c', 2, 40, 20)];

test.each<[Balancing, readonly Instance[], string | undefined]>([
  ['least_connections', three, 'b'],
  ['cpu_usage', three, 'a'],
  // 50 × 4, 90 × 2, 20 × 3: a fast instance with a line may still be the quickest.
  ['response_time', three, 'c'],
  ['random', three, 'c'],
  ['least_connections', [], undefined],
  ['random', [], undefined],
  ['least_connections', [instance('a', 1, 0, 0, 7), instance('b', 1, 0, 0, 6)], 'b'],
  ['cpu_usage', [instance('a', 2, 30, 0), instance('b', 1, 30, 0)], 'b'],
  ['response_time', [instance('a', 0, 0, 5), instance('new', 0, 0, 0)], 'new'],
])('by %s, %j gives %s', (balancing, candidates, expected) => {
  expect(chooseInstance(candidates, balancing, { now: 0, random: () => 0.7 })?.id).toBe(expected);
});

test('an instance that was slow gets another chance with time', () => {
  const slow = afterCall(noFigures, 1_000, false, 0);
  expect(expectedMs(slow, 0, 0)).toBe(1_000);
  expect(expectedMs(slow, 0, 30_000)).toBe(500);
  expect(expectedMs(slow, 0, 600_000)).toBeLessThan(1);
});

test('figures keep the latest hundred times and count everything', () => {
  let figures = noFigures;
  for (let ms = 1; ms <= 150; ms += 1) figures = afterCall(figures, ms, false, ms);
  figures = afterCall(figures, 0, true, 151);
  expect(figures).toMatchObject({ completed: 150, failed: 1 });
  expect(figures.recentMs).toHaveLength(100);
  expect([percentileMs(figures, 0.5), percentileMs(figures, 0.95), percentileMs(figures, 1)]).toEqual([100, 145, 150]);
  expect(percentileMs(noFigures, 0.5)).toBe(0);
});
