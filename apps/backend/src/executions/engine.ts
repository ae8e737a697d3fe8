/**
 * Runs executions: a bounded queue, a number of them at a time, each driven by the core's runner. The engine holds what it has accepted or
 * taken over; everything else about an execution is in the database.
 */
import { AppError, createPriorityQueue, type ExecutionEvent, type ExecutionState } from '@imageflow/core';
import { foldJob, type Job } from './job.ts';
import { type RunNeeds, type Running, startRun } from './run.ts';

/** An execution that waits or runs here. */
export interface LiveExecution {
  readonly job: Job;
  readonly state: ExecutionState;
  /** All so far, oldest first. */
  readonly events: readonly ExecutionEvent[];
  /** How many are taken before it; undefined when it runs. */
  readonly queuePosition: number | undefined;
}

export interface Engine {
  /** Holds a place in the queue. @throws AppError QUEUE_FULL, SHUTTING_DOWN */
  reserve(): void;
  unreserve(): void;
  /** Into the reserved place. */
  start(job: Job): void;
  /** Accepted before, by whomever: not refused. */
  resume(job: Job): void;
  /** False when it is not here (any more). The end is written soon after. */
  cancel(id: string, by: string): boolean;
  find(id: string): LiveExecution | undefined;
  readonly load: { readonly waiting: number; readonly running: number };
  /** Lets running executions end until `drainMs` have passed, then leaves the rest to whoever takes them over. */
  close(drainMs: number): Promise<void>;
}

export interface EngineNeeds extends RunNeeds {
  /** Executions at the same time. */
  readonly concurrency: number;
  /** Executions that may wait. */
  readonly queueLimit: number;
  /** Nothing is run before: services that are just starting would fail what they can do in a moment. */
  readonly ready: Promise<unknown>;
}

export function createEngine(needs: EngineNeeds): Engine {
  const queue = createPriorityQueue<Job>(needs.queueLimit);
  const running = new Map<string, Running>();
  let isClosing = false;
  let isReady = false;

  const fill = (): void => {
    while (isReady && !isClosing && running.size < needs.concurrency) {
      const job = queue.shift();
      if (job === undefined) return;
      begin(job);
    }
  };
  const begin = (job: Job, cancelledBy: string | undefined = job.cancelledBy): void => {
    const run = startRun(job, cancelledBy, needs);
    running.set(job.id, run);
    void run.done.then(() => {
      running.delete(job.id);
      fill();
    });
  };
  void needs.ready.then(() => {
    isReady = true;
    fill();
  });
  return {
    reserve() {
      if (isClosing) throw new AppError('SHUTTING_DOWN', { retryAfterSeconds: 5 });
      if (!queue.reserve()) throw queueFull(needs.queueLimit);
    },
    unreserve: () => queue.unreserve(),
    start(job) {
      queue.push(job.id, job.priority, job);
      fill();
    },
    resume(job) {
      if (running.has(job.id) || queue.get(job.id) !== undefined) return;
      queue.admit(job.id, job.priority, job);
      fill();
    },
    cancel(id, by) {
      const waiting = queue.remove(id);
      if (waiting !== undefined) begin(waiting, by);
      else running.get(id)?.cancel(by);
      return waiting !== undefined || running.has(id);
    },
    find(id) {
      const run = running.get(id);
      if (run !== undefined) return { job: run.job, state: run.state, events: run.events, queuePosition: undefined };
      const job = queue.get(id);
      if (job === undefined) return undefined;
      return { job, state: foldJob(job, job.earlier), events: job.earlier, queuePosition: queue.position(id) };
    },
    get load() {
      return { waiting: queue.size, running: running.size };
    },
    async close(drainMs) {
      isClosing = true;
      const runs = [...running.values()];
      const cancelTimer = needs.clock.after(drainMs, () => {
        for (const run of running.values()) run.release();
      });
      await Promise.all(runs.map((run) => run.done));
      cancelTimer();
    },
  };
}

function queueFull(limit: number): AppError {
  return new AppError('QUEUE_FULL', {
    detail: {
      ja: `実行待ちが上限の ${limit} 件に達しています。しばらくしてからもう一度送ってください`,
      en: `${limit} executions are waiting, which is the limit. Send this again shortly`,
    },
    retryAfterSeconds: 5,
    extensions: { queue_limit: limit },
  });
}
