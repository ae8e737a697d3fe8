/**
 * Watches executions that other engines run, in case the bus brings nothing: one question to the database a round for all of them, however
 * many clients follow. Whoever is told looks for himself.
 */
import type { Tables } from '@imageflow/adapters/database';
import type { Clock } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';

export interface Lookout {
  /** Calls with the newest sequence in the journal whenever it has grown. */
  watch(executionId: string, onGrowth: (sequence: number) => void): () => void;
  close(): Promise<void>;
}

export interface LookoutNeeds {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
}

/** Ids in one question. */
const lot = 1_000;

interface Watched {
  sequence: number;
  readonly listeners: Set<(sequence: number) => void>;
}

export function openLookout({ db, clock, logger, intervalMs }: LookoutNeeds): Lookout {
  const watched = new Map<string, Watched>();
  let cancel: (() => void) | undefined;
  let looking: Promise<void> = Promise.resolve();
  let isClosed = false;
  const look = async (): Promise<void> => {
    const ids = [...watched.keys()];
    for (let from = 0; from < ids.length; from += lot) {
      for (const { id, sequence } of await selectSequences(db, ids.slice(from, from + lot))) tell(id, sequence);
    }
  };
  const tell = (id: string, sequence: number): void => {
    const entry = watched.get(id);
    if (entry === undefined || sequence <= entry.sequence) return;
    entry.sequence = sequence;
    for (const listener of [...entry.listeners]) listener(sequence);
  };
  const schedule = (): void => {
    if (isClosed || watched.size === 0) return;
    cancel ??= clock.after(intervalMs, () => {
      looking = look()
        .catch((error: unknown) => logger.debug({ err: error }, 'executions cannot be looked at now'))
        .then(() => {
          cancel = undefined;
          schedule();
        });
    });
  };
  return {
    watch(executionId, onGrowth) {
      const entry = watched.get(executionId) ?? { sequence: 0, listeners: new Set() };
      watched.set(executionId, entry);
      entry.listeners.add(onGrowth);
      schedule();
      return () => {
        entry.listeners.delete(onGrowth);
        if (entry.listeners.size === 0 && watched.get(executionId) === entry) watched.delete(executionId);
      };
    },
    async close() {
      isClosed = true;
      cancel?.();
      await looking;
    },
  };
}

function selectSequences(db: Kysely<Tables>, ids: readonly string[]): Promise<readonly { id: string; sequence: number }[]> {
  return db.selectFrom('executions').select(['id', 'sequence']).where('id', 'in', ids).execute();
}
