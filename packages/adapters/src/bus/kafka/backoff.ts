/** How long is waited after failures in a row. */
import type { Clock } from '@imageflow/core';

const firstMs = 50;
/** After an outage of any length work goes on within this. */
const maxMs = 2_000;

/** `failures` from 1. */
export function backoffMs(failures: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(10, failures - 1));
}

/** Resolves after `ms`, or when it is cancelled. */
export function later(clock: Clock, ms: number): { readonly passed: Promise<void>; readonly cancel: () => void } {
  let pass: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    pass = resolve;
  });
  const stop = clock.after(ms, pass);
  return {
    passed,
    cancel: () => {
      stop();
      pass();
    },
  };
}

/** Rejects with what `expired` makes when `work` is not done after `ms`; the work goes on unseen. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>, expired: () => Error): Promise<T> {
  const timer = later(clock, ms);
  let isDone = false;
  const late = timer.passed.then(() => {
    if (!isDone) throw expired();
    // Never used: `work` has won.
    return undefined as T;
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    isDone = true;
    timer.cancel();
    late.catch(() => undefined);
    work.catch(() => undefined);
  }
}
