/** Takes executions from the topic image-processing-requests while the engine has room for them. */
import type { Tables } from '@imageflow/adapters/database';
import { topics } from '@imageflow/api';
import { AppError, type Bus, type Clock, type Subscription } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Engine } from './engine.ts';
import { selectJobs } from './executions.queries.ts';
import { claimExecution } from './leases.ts';
import { parseRequest } from './requests.ts';

export interface WorkerNeeds {
  readonly bus: Bus;
  readonly db: Kysely<Tables>;
  readonly runnerId: string;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A message is done as soon as its execution is claimed: from then on the lease of this engine stands for it. */
const options = { group: 'executions', concurrency: 8, maxDeliveries: 5 };
const roomPauseMs = 200;

export function openWorker(needs: WorkerNeeds): Promise<Subscription> {
  return needs.bus.consume(topics.requests, options, (message, signal) => take(message.value, needs, signal));
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
      return engine.reserve();
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
