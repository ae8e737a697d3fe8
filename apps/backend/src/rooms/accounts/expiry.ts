/** Removes sessions, refresh tokens and tickets that have expired: now, then every hour. */
import type { Tables } from '@imageflow/adapters/database';
import type { Clock } from '@imageflow/core';
import type { FastifyBaseLogger } from 'fastify';
import type { Kysely } from 'kysely';
import type { Duties } from '../../runtime/duties.ts';
import { deleteExpired } from './sign-ins.queries.ts';

export interface ExpiryNeeds {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly duties: Pick<Duties, 'isMine'>;
  readonly logger: FastifyBaseLogger;
}

const intervalMs = 3600_000;
const leaseMs = 60_000;

/** Answers how to stop it; waits for a removal in progress. */
export function startExpiry({ db, clock, duties, logger }: ExpiryNeeds): () => Promise<void> {
  let cancel = (): void => undefined;
  let isStopped = false;
  let running = Promise.resolve();
  const run = async (): Promise<void> => {
    try {
      if (await duties.isMine('expiry', leaseMs)) await deleteExpired(db, new Date(clock.now()));
    } catch (error) {
      logger.warn({ err: error }, 'expired sessions could not be removed');
    }
    if (!isStopped) cancel = clock.after(intervalMs, start);
  };
  const start = (): void => {
    running = run();
  };
  start();
  return () => {
    isStopped = true;
    cancel();
    return running;
  };
}
