/** Keeps this engine's lease, and sees to the executions of engines that died. */
import type { Tables } from '@imageflow/adapters/database';
import type { Clock, ExecutionEvent, ObjectStore, StepState } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Engine } from './engine.ts';
import { type Job, resumeJob } from './job.ts';
import { selectJobs } from './jobs.queries.ts';
import type { ExecutionJournal } from './journal.ts';
import {
  beat,
  deadAfterMs,
  forgetDeadRunners,
  heartbeatMs,
  registerRunner,
  removeRunner,
  returnLost,
  returnOwn,
  takeOver,
} from './leases.queries.ts';
import { createReconciler } from './reconcile.ts';

export interface Lease {
  /** Gives the lease back: what this engine still holds may be taken over at once. */
  close(): Promise<void>;
}

export interface LeaseNeeds {
  readonly db: Kysely<Tables>;
  readonly runnerId: string;
  readonly kind: string;
  /** The database belongs to this process: whoever held an execution before is dead. */
  readonly isAlone: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly engine: Engine;
  readonly journal: ExecutionJournal;
  readonly objects: ObjectStore;
}

/** Every second heartbeat looks for dead engines. */
const searchEvery = 2;

/** Takes over what can be taken over now, then goes on in the background. */
export async function openLease(needs: LeaseNeeds): Promise<Lease> {
  const { db, runnerId, kind, clock, logger } = needs;
  await registerRunner(db, runnerId, kind);
  await (needs.isAlone ? takeAll(needs) : search(needs));
  const reconcile = createReconciler(needs);
  let cancel: () => void = () => undefined;
  let beats = 0;
  /** While the database was away, nobody's heartbeat could be written: none of them is taken for dead because of that. */
  let blindUntil = 0;
  let beating: Promise<void> = Promise.resolve();
  const next = (): void => {
    cancel = clock.after(heartbeatMs, () => {
      beating = tick().catch((error: unknown) => {
        blindUntil = clock.now() + deadAfterMs;
        logger.error({ err: error }, 'the heartbeat could not be written');
      });
      void beating.then(next);
    });
  };
  const tick = async (): Promise<void> => {
    beats += 1;
    await beat(db, runnerId, kind);
    if (needs.isAlone) return;
    await reconcile();
    if (beats % searchEvery === 0 && clock.now() >= blindUntil) await search(needs);
  };
  next();
  return {
    async close() {
      cancel();
      await beating;
      cancel();
      if (!needs.isAlone) await returnOwn(db, runnerId);
      await removeRunner(db, runnerId);
    },
  };
}

/** Into the common queue, from where any engine takes them. */
async function search({ db, runnerId, logger, engine }: LeaseNeeds): Promise<void> {
  const found = await returnLost(db, runnerId);
  await forgetDeadRunners(db, runnerId, false);
  if (found === 0) return;
  logger.info({ event: 'taken_over', executions: found }, 'executions of an engine that stopped wait for another one');
  engine.wake();
}

async function takeAll(needs: LeaseNeeds): Promise<void> {
  const { db, runnerId, logger } = needs;
  let found = 0;
  for (;;) {
    const ids = await takeOver(db, runnerId);
    if (ids.length === 0) break;
    for (const job of await selectJobs(db, ids)) needs.engine.resume(await reopenLost(job, needs));
    found += ids.length;
  }
  await forgetDeadRunners(db, runnerId, true);
  if (found > 0) logger.info({ event: 'taken_over', executions: found }, 'executions of an engine that stopped are taken up');
}

export type ReopenNeeds = Pick<LeaseNeeds, 'objects' | 'clock' | 'journal'>;

/**
 * Lossless images between steps need not survive a power cut, and a backup holds no images of executions that had not ended: steps whose images
 * are gone run again.
 */
export async function reopenLost(job: Job, needs: ReopenNeeds): Promise<Job> {
  const state = resumeJob(job);
  const lost: StepState[] = [];
  for (const step of state.steps.values()) {
    if (step.status === 'completed' && !(await hasImages(step, needs.objects))) lost.push(step);
  }
  const events = lost.map(
    ({ input, step_id }, index): ExecutionEvent => ({
      kind: 'step_reopened',
      input,
      step_id,
      attempts: 0,
      sequence: state.sequence + 1 + index,
      at: needs.clock.now(),
    }),
  );
  for (const event of events) needs.journal.record({ executionId: job.id, event, onDurable: () => undefined });
  return { ...job, earlier: [...job.earlier, ...events] };
}

async function hasImages({ result }: StepState, objects: ObjectStore): Promise<boolean> {
  for (const image of [result?.handover, result?.output]) {
    if (image !== undefined && (await objects.head(image.key)) === undefined) return false;
  }
  return true;
}
