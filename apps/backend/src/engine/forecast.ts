/** How long executions take, learnt from those that completed here: for the estimate of what remains, before the first step has ended. */
import type { ExecutionState } from '@imageflow/core';
import { totalTime } from './announcement.ts';
import type { Job } from './job.ts';

export interface Forecast {
  expectedMs(job: Job): number | undefined;
  learn(job: Job, state: ExecutionState): void;
}

/** Weight of the newest: about the last ten count. */
const weight = 0.2;
const maxPipelines = 1_000;

export function createForecast(): Forecast {
  const perInputMs = new Map<string, number>();
  const keyOf = (job: Job): string => `${job.pipeline}/${job.version}`;
  return {
    expectedMs(job) {
      const known = perInputMs.get(keyOf(job));
      return known === undefined ? undefined : known * job.inputs.length;
    },
    learn(job, state) {
      if (state.status !== 'completed' || job.inputs.length === 0) return;
      const key = keyOf(job);
      const latest = totalTime(state) / job.inputs.length;
      const before = perInputMs.get(key) ?? latest;
      // Put at the end again: what has not been used longest goes first.
      perInputMs.delete(key);
      perInputMs.set(key, before + weight * (latest - before));
      const [oldest] = perInputMs.keys();
      if (perInputMs.size > maxPipelines && oldest !== undefined) perInputMs.delete(oldest);
    },
  };
}
