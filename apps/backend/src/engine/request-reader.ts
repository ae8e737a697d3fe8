/**
 * Reads the topic image-processing-requests. With one engine on the database it takes executions from there while it has room for them. With
 * several, reading a message only puts its execution into the queue that all of them share: none keeps work from the others.
 */
import type { Tables } from '@imageflow/adapters/database';
import { topics } from '@imageflow/contract';
import { AppError, type Bus, type Clock, type Subscription } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Engine } from './engine.ts';
import { selectJobs } from './jobs.queries.ts';
import { claimExecution } from './leases.queries.ts';
import { parseRequest } from './requests.ts';
import { leaveToAll } from './shared-queue.queries.ts';

export interface WorkerNeeds {
  readonly bus: Bus;
  readonly db: Kysely<Tables>;
  readonly runnerId: string;
  readonly engine: Engine;
  /** The only engine on this database. */
  readonly isAlone: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A message is done as soon as its execution is claimed: from then on the lease of this engine stands for it. */
const options = { group: 'executions', concurrency: 8, maxDeliveries: 5 };
const roomPauseMs = 200;

export function openWorker(needs: WorkerNeeds): Promise<Subscription> {
  const settle = needs.isAlone ? take : share;
  return needs.bus.consume(topics.requests, options, (message, signal) => settle(message.value, needs, signal));
}

/** Nothing happens when it runs, is over, or was put there before: the message came twice, or its holder died. */
async function share(value: unknown, { db, engine }: WorkerNeeds): Promise<void> {
  const request = parseRequest(value);
  if (await leaveToAll(db, request.execution_id, request.held_by)) engine.wake();
}

async function take(value: unknown, needs: WorkerNeeds, signal: AbortSignal): Promise<void> {
  const { db, engine, runnerId } = needs;
  const request = parseRequest(value);
  await waitForRoom(needs, signal);
  let isTaken = false;
  try {
    // In other hands, or over: the message came twice, or its holder died and was followed.
    if (!(await claimExecution(db, request.execution_id, runnerId, request.held_by))) return;
    const [job] = await selectJobs(db, [request.execution_id]);
    if (job === undefined) return;
    isTaken = true;
    engine.start(job);
  } finally {
    if (!isTaken) engine.unreserve();
  }
}

async function waitForRoom({ engine, clock }: WorkerNeeds, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await engine.reserve();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'QUEUE_FULL') throw error;
    }
    await new Promise<void>((resolve) => {
      const end = (): void => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = clock.after(roomPauseMs, end);
      signal.addEventListener('abort', end);
    });
  }
}
