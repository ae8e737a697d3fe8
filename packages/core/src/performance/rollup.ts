/** Sums by the hour: what is kept of finished executions, so that a look at their figures costs the same after a million of them. */
import { addTime } from './histogram.ts';

/** A finished execution. */
export interface RunFact {
  readonly pipeline: string;
  readonly status: 'completed' | 'failed' | 'cancelled';
  /** Epoch ms. */
  readonly finishedAt: number;
  /** Undefined when it never started. */
  readonly elapsedMs: number | undefined;
  readonly attempts: readonly AttemptFact[];
}

/** One call of a step. */
export interface AttemptFact {
  readonly stepId: string;
  readonly component: string;
  /** retried: it failed, and another attempt followed. */
  readonly outcome: 'completed' | 'failed' | 'retried';
  readonly elapsedMs: number;
  /** Inside the service; of completed ones. */
  readonly serviceMs: number;
  /** Of the images it stored. */
  readonly outputBytes: number;
}

/** Times are those of completed ones. */
export interface Sums {
  completed: number;
  failed: number;
  sumMs: number;
  minMs: number;
  maxMs: number;
  histogram: Record<string, number>;
}

export interface RunHour extends Sums {
  readonly pipeline: string;
  /** Epoch ms of its start. */
  readonly hour: number;
  cancelled: number;
}

export interface StepHour extends Sums {
  readonly pipeline: string;
  readonly hour: number;
  readonly stepId: string;
  readonly component: string;
  retried: number;
  sumServiceMs: number;
  sumOutputBytes: number;
}

export interface Rollup {
  readonly runs: readonly RunHour[];
  readonly steps: readonly StepHour[];
}

const hourMs = 3_600_000;

export function rollUp(facts: readonly RunFact[]): Rollup {
  const runs = new Map<string, RunHour>();
  const steps = new Map<string, StepHour>();
  for (const fact of facts) {
    const { pipeline } = fact;
    const hour = fact.finishedAt - (fact.finishedAt % hourMs);
    const run = entryOf(runs, `${pipeline} ${hour}`, () => ({ ...noSums(), pipeline, hour, cancelled: 0 }));
    addRun(run, fact);
    for (const attempt of fact.attempts) {
      const { stepId, component } = attempt;
      const key = JSON.stringify([pipeline, hour, stepId, component]);
      const fresh = () => ({ ...noSums(), pipeline, hour, stepId, component, retried: 0, sumServiceMs: 0, sumOutputBytes: 0 });
      addAttempt(entryOf(steps, key, fresh), attempt);
    }
  }
  return { runs: [...runs.values()], steps: [...steps.values()] };
}

function entryOf<T>(entries: Map<string, T>, key: string, make: () => T): T {
  let entry = entries.get(key);
  if (entry === undefined) {
    entry = make();
    entries.set(key, entry);
  }
  return entry;
}

function noSums(): Sums {
  return { completed: 0, failed: 0, sumMs: 0, minMs: 0, maxMs: 0, histogram: {} };
}

function addRun(run: RunHour, fact: RunFact): void {
  if (fact.status === 'completed') addCompleted(run, fact.elapsedMs ?? 0);
  else run[fact.status] += 1;
}

function addAttempt(step: StepHour, attempt: AttemptFact): void {
  if (attempt.outcome !== 'completed') {
    step[attempt.outcome] += 1;
    return;
  }
  addCompleted(step, attempt.elapsedMs);
  step.sumServiceMs += attempt.serviceMs;
  step.sumOutputBytes += attempt.outputBytes;
}

function addCompleted(sums: Sums, ms: number): void {
  sums.minMs = sums.completed === 0 ? ms : Math.min(sums.minMs, ms);
  sums.maxMs = Math.max(sums.maxMs, ms);
  sums.completed += 1;
  sums.sumMs += ms;
  addTime(sums.histogram, ms);
}
