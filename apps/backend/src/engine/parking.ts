/**
 * Executions that wait for better times: the way they were run failed for good, and the queue has them. Each waits for its pause, and then
 * until what failed it (a service, the object store) can be used again; waiting for what is down counts as no try.
 */
import type { Clock } from '@imageflow/core';
import type { Job } from './job.ts';

export interface Parking {
  readonly size: number;
  /** `isPossible`: whether what it needs is there. */
  park(job: Job, isPossible: () => boolean, pauseMs: number): void;
  ids(): Iterable<string>;
  get(id: string): Job | undefined;
  remove(id: string): Job | undefined;
  close(): void;
}

export interface ParkingNeeds {
  readonly clock: Clock;
  /** Its time has come. */
  readonly onReady: (job: Job) => void;
  /** It has waited as long as anyone may. */
  readonly onTired: (job: Job) => void;
  readonly patienceMs: number;
}

interface Parked {
  readonly job: Job;
  readonly isPossible: () => boolean;
  readonly readyAt: number;
  readonly tiredAt: number;
}

const lookMs = 250;

export function createParking(needs: ParkingNeeds): Parking {
  const { clock } = needs;
  const parked = new Map<string, Parked>();
  let cancel: (() => void) | undefined;
  const look = (): void => {
    cancel = undefined;
    const now = clock.now();
    for (const { job, isPossible, readyAt, tiredAt } of [...parked.values()]) {
      if (now >= readyAt && isPossible()) leave(job, needs.onReady);
      else if (now >= tiredAt) leave(job, needs.onTired);
    }
    watch();
  };
  const leave = (job: Job, next: (job: Job) => void): void => {
    parked.delete(job.id);
    next(job);
  };
  const watch = (): void => {
    if (parked.size > 0) cancel ??= clock.after(lookMs, look);
  };
  return {
    get size() {
      return parked.size;
    },
    park(job, isPossible, pauseMs) {
      const now = clock.now();
      parked.set(job.id, { job, isPossible, readyAt: now + pauseMs, tiredAt: now + needs.patienceMs });
      watch();
    },
    ids: () => parked.keys(),
    get: (id) => parked.get(id)?.job,
    remove(id) {
      const found = parked.get(id)?.job;
      parked.delete(id);
      return found;
    },
    close() {
      cancel?.();
      parked.clear();
    },
  };
}
