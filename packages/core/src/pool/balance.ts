/** The four ways to choose among instances. */
import type { Random } from '../ports.ts';
import { expectedMs } from './figures.ts';
import type { Instance } from './instance.ts';

export const balancings = ['least_connections', 'response_time', 'cpu_usage', 'random'] as const;
export type Balancing = (typeof balancings)[number];

export interface Chance {
  readonly now: number;
  readonly random: Random;
}

/** Undefined when there is nothing to choose from. Equals are used in turn. */
export function chooseInstance(candidates: readonly Instance[], balancing: Balancing, chance: Chance): Instance | undefined {
  if (balancing === 'random') return candidates[Math.floor(chance.random() * candidates.length)];
  const cost = costs[balancing];
  return candidates.reduce<Instance | undefined>(
    (best, next) => (best === undefined || isBetter(next, best, cost, chance.now) ? next : best),
    undefined,
  );
}

type Cost = (instance: Instance, now: number) => number;

const costs: Readonly<Record<Exclude<Balancing, 'random'>, Cost>> = {
  least_connections: (instance) => instance.calls,
  response_time: (instance, now) => expectedMs(instance.figures, instance.calls, now),
  cpu_usage: (instance) => instance.report?.cpuUsage ?? 0,
};

/** The running calls break a tie: reports are up to ten seconds old, and all calls in between would go to one instance. */
function isBetter(next: Instance, best: Instance, cost: Cost, now: number): boolean {
  const difference = cost(next, now) - cost(best, now) || next.calls - best.calls || next.lastPick - best.lastPick;
  return difference < 0;
}
