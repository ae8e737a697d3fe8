/**
 * The queue that all engines on one database share: executions that wait and that nobody holds. An engine takes from it only what it can run
 * at once, so that the most urgent goes first wherever it was accepted, and an engine that is busy keeps nothing from one that is not.
 */
import type { Tables } from '@imageflow/adapters/database';
import type { Clock } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Job } from './job.ts';
import { selectJobs } from './jobs.queries.ts';
import { countWaiting, takeWaiting } from './shared-queue.queries.ts';

export interface CommonQueue {
  /** Whether the shared queue is at its limit. "Has room" may be a second old; "full" is counted again before it is returned. */
  isFull(): Promise<boolean>;
  /** Something has come. */
  wake(): void;
  /** There is room again: looks, unless nothing was left the last time. */
  roomAgain(): void;
  close(): Promise<void>;
}

export interface CommonNeeds {
  readonly db: Kysely<Tables>;
  readonly runnerId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limit: number;
  /** How many could begin now. */
  readonly room: () => number;
  /** Before it is admitted. */
  readonly prepare: (job: Job) => Promise<Job>;
  readonly admit: (job: Job) => void;
}

/** How long an idle engine takes to find what others have put there. */
const lookMs = 500;
const countEvery = 2;
/** However many are refused. */
const recountMs = 100;

export function openCommonQueue(needs: CommonNeeds): CommonQueue {
  const { db, clock, logger, limit } = needs;
  let hasMore = true;
  let waiting = 0;
  let rounds = 0;
  let isClosed = false;
  let cancel = (): void => undefined;
  let looking: Promise<void> | undefined;
  let recounting: Promise<void> | undefined;
  const look = (): void => {
    looking ??= takeAll(needs, () => isClosed)
      .then((left) => {
        hasMore = left;
      })
      .catch((error: unknown) => logger.debug({ err: error }, 'the common queue cannot be read now'))
      .finally(() => {
        looking = undefined;
      });
  };
  const round = async (): Promise<void> => {
    rounds += 1;
    hasMore = true;
    if (needs.room() > 0) look();
    await looking;
    if (rounds % countEvery === 0) waiting = await countWaiting(db, limit);
  };
  /** One for all who ask meanwhile. */
  const recount = (): Promise<void> => {
    recounting ??= countWaiting(db, limit)
      .then((count) => {
        waiting = count;
      })
      .catch((error: unknown) => logger.debug({ err: error }, 'the common queue cannot be counted now'))
      .finally(() => clock.after(recountMs, () => (recounting = undefined)));
    return recounting;
  };
  const next = (): void => {
    if (isClosed) return;
    cancel = clock.after(lookMs, () => {
      void round()
        .catch((error: unknown) => logger.debug({ err: error }, 'the common queue cannot be counted now'))
        .then(next);
    });
  };
  look();
  next();
  return {
    async isFull() {
      if (waiting >= limit) await recount();
      return waiting >= limit;
    },
    wake() {
      hasMore = true;
      if (!isClosed && needs.room() > 0) look();
    },
    roomAgain() {
      if (hasMore && !isClosed && needs.room() > 0) look();
    },
    async close() {
      isClosed = true;
      cancel();
      await looking;
    },
  };
}

/** Answers whether something may be left. */
async function takeAll({ db, runnerId, room, prepare, admit }: CommonNeeds, isClosed: () => boolean): Promise<boolean> {
  for (;;) {
    const wanted = room();
    if (wanted <= 0 || isClosed()) return true;
    const ids = await takeWaiting(db, runnerId, wanted);
    for (const job of await selectJobs(db, ids)) admit(await prepare(job));
    if (ids.length < wanted) return false;
  }
}
