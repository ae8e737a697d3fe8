/**
 * Compares what this engine has in its hands with what the database says it holds. They differ when a message of the bus was lost, when this
 * process stood still for so long that others took over, or when somebody asked for a cancellation while the bus was down.
 */
import type { Tables } from '@imageflow/adapters/database';
import type { Clock } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Engine } from './engine.ts';
import { leaveToAll, selectHeld } from './shared-queue.queries.ts';

export interface ReconcileNeeds {
  readonly db: Kysely<Tables>;
  readonly runnerId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly engine: Engine;
}

/** A message of the bus is read within milliseconds; one that takes longer than this has been lost, or nobody reads. */
const forgottenMs = 15_000;
/** What ends at this moment has left the table and not yet the engine. */
const foreignMs = 5_000;

/** Call it at every heartbeat. */
export function createReconciler(needs: ReconcileNeeds): () => Promise<void> {
  const { db, runnerId, engine } = needs;
  const forgotten = createPatience(needs.clock, forgottenMs);
  const foreign = createPatience(needs.clock, foreignMs);
  return async () => {
    // Before the database is asked: what comes here meanwhile is not judged.
    const here = new Set(engine.ids());
    const rows = await selectHeld(db, runnerId);
    for (const { id, cancel_requested_by: by } of rows) if (by !== null) engine.wishCancel(id, by);
    const held = new Set(rows.map(({ id }) => id));
    const now = new Set(engine.ids());
    for (const id of foreign([...here].filter((id) => !held.has(id) && now.has(id)))) drop(id, needs);
    for (const id of forgotten(rows.filter(({ id }) => !now.has(id)).map(({ id }) => id))) await putBack(id, needs);
  };
}

function drop(id: string, { engine, logger }: ReconcileNeeds): void {
  logger.warn({ execution_id: id }, 'this execution is in other hands by now');
  engine.drop(id);
}

async function putBack(id: string, { db, runnerId, engine, logger }: ReconcileNeeds): Promise<void> {
  if (!(await leaveToAll(db, id, runnerId))) return;
  logger.warn({ execution_id: id }, 'nobody has read the message of this execution: it waits for any engine');
  engine.wake();
}

/** Answers those that it was given again and again for so long. */
function createPatience(clock: Clock, ms: number): (ids: readonly string[]) => readonly string[] {
  let since: ReadonlyMap<string, number> = new Map();
  return (ids) => {
    const now = clock.now();
    since = new Map(ids.map((id) => [id, since.get(id) ?? now]));
    return ids.filter((id) => now - (since.get(id) ?? now) >= ms);
  };
}
