/**
 * How many calls are worked on at once. A call past that waits in a bounded line; past the line's end it is refused with QUEUE_FULL.
 * States of a gate: open → draining (refuses with SHUTTING_DOWN, lets everyone inside and in line finish).
 */
import { AppError } from '@imageflow/core';

export interface Gate {
  /**
   * Runs `work` when it is its turn. The place is held until `work` has really ended, also when the caller stopped waiting.
   * Throws QUEUE_FULL, SHUTTING_DOWN, or the signal's reason when it aborts in line.
   */
  run<T>(signal: AbortSignal, weightBytes: number, work: () => Promise<T>): Promise<T>;
  readonly running: number;
  readonly waiting: number;
  /** Refuses newcomers from now on; resolves when the last one has left. */
  drain(): Promise<void>;
}

export interface GateLimits {
  readonly concurrency: number;
  readonly waitingLimit: number;
}

/** Messages of callers in line are in memory already; 64 of 64 MiB would be 4 GiB. */
const waitingBytesLimit = 256 * 1024 * 1024;

interface Waiter {
  readonly weightBytes: number;
  readonly enter: () => void;
}

export function createGate(limits: GateLimits): Gate {
  const line: Waiter[] = [];
  const whenEmpty: (() => void)[] = [];
  let running = 0;
  let waitingBytes = 0;
  let isDraining = false;

  function leave(): void {
    running -= 1;
    const next = line.shift();
    if (next !== undefined) admit(next);
    else if (running === 0) for (const tell of whenEmpty.splice(0)) tell();
  }

  function admit(waiter: Waiter): void {
    running += 1;
    waitingBytes -= waiter.weightBytes;
    waiter.enter();
  }

  function wait(signal: AbortSignal, weightBytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        line.splice(line.indexOf(waiter), 1);
        waitingBytes -= weightBytes;
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const waiter: Waiter = { weightBytes, enter };
      signal.addEventListener('abort', giveUp, { once: true });
      waitingBytes += weightBytes;
      line.push(waiter);
    });
  }

  function refuseWhenFull(weightBytes: number): void {
    if (line.length >= limits.waitingLimit || waitingBytes + weightBytes > waitingBytesLimit) throw full(limits);
  }

  return {
    get running() {
      return running;
    },
    get waiting() {
      return line.length;
    },
    async run(signal, weightBytes, work) {
      signal.throwIfAborted();
      if (isDraining) throw new AppError('SHUTTING_DOWN', { retryAfterSeconds: 1 });
      if (running < limits.concurrency) running += 1;
      else {
        refuseWhenFull(weightBytes);
        await wait(signal, weightBytes);
      }
      return untilAborted(signal, work().finally(leave));
    },
    drain() {
      isDraining = true;
      return running === 0 ? Promise.resolve() : new Promise((resolve) => whenEmpty.push(resolve));
    },
  };
}

/** A decoder cannot be stopped in the middle, but its caller need not wait for it. */
function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

function full(limits: GateLimits): AppError {
  return new AppError('QUEUE_FULL', {
    detail: {
      ja: `処理サービスが混雑しています（同時 ${limits.concurrency} 件、待ち ${limits.waitingLimit} 件まで）。しばらくして再試行してください`,
      en: `The service is busy (${limits.concurrency} calls at once, ${limits.waitingLimit} waiting). Try again shortly`,
    },
    retryAfterSeconds: 1,
  });
}
