/** Brings finished executions into the sums by the hour, a few at a time beside the work. One backend does so; any may catch up meanwhile. */
import type { Tables } from '@imageflow/adapters/database';
import { type Clock, rollUp } from '@imageflow/core';
import type { FastifyBaseLogger } from 'fastify';
import type { Kysely } from 'kysely';
import type { Duties } from '../../runtime/duties.ts';
import { addRunHours, addStepHours, lockUnrolled, markRolledUp, selectAttempts } from './performance.queries.ts';

export interface Rollups {
  /** Brings in what has finished by now, within reason. */
  catchUp(): Promise<void>;
  close(): Promise<void>;
}

export interface RollupNeeds {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly duties: Pick<Duties, 'isMine'>;
  readonly logger: FastifyBaseLogger;
}

/** Some 10 ms of an embedded database's thread (2-core Linux machine, November 2026). */
const batchSize = 50;
const idleMs = 5_000;
const leaseMs = 20_000;
/** Between batches of a backlog: executions come first. */
const busyMs = 200;
const catchUpBatches = 10;

export function startRollups({ db, clock, duties, logger }: RollupNeeds): Rollups {
  let isClosed = false;
  let cancelTimer = () => {};
  let working: Promise<number> = Promise.resolve(0);

  /** One batch at a time; answers how many it brought in. */
  const work = (): Promise<number> => {
    working = working
      .then(() => (isClosed ? 0 : rollUpBatch(db)))
      .catch((error: unknown) => {
        if (!isClosed) logger.warn({ err: error }, 'finished executions could not be summed up; tried again later');
        return 0;
      });
    return working;
  };
  const tick = async (): Promise<void> => {
    const isMine = await duties.isMine('rollups', leaseMs).catch(() => false);
    const count = isMine ? await work() : 0;
    if (!isClosed) cancelTimer = clock.after(count === batchSize ? busyMs : idleMs, () => void tick());
  };
  cancelTimer = clock.after(idleMs, () => void tick());

  return {
    async catchUp() {
      for (let batch = 0; batch < catchUpBatches && (await work()) === batchSize; batch += 1);
    },
    async close() {
      isClosed = true;
      cancelTimer();
      await working;
    },
  };
}

function rollUpBatch(db: Kysely<Tables>): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    const runs = await lockUnrolled(transaction, batchSize);
    if (runs.length === 0) return 0;
    const ids = runs.map((run) => run.id);
    const attempts = await selectAttempts(transaction, ids);
    const sums = rollUp(runs.map((run) => ({ ...run, attempts: attempts.get(run.id) ?? [] })));
    await addRunHours(transaction, sums.runs);
    await addStepHours(transaction, sums.steps);
    await markRolledUp(transaction, ids);
    return runs.length;
  });
}
