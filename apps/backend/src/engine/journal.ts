/**
 * The journal of one engine. Progress is gathered over all executions and written in lots; a terminal state is written at once, together with
 * whatever of its execution still waits. Copies go to the bus only when they are in the database, which stays the truth.
 */
import type { Tables } from '@imageflow/adapters/database';
import type { Clock, ExecutionEvent } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { type Ending, finishExecution, insertEvents } from './journal.queries.ts';

export interface JournalEntry {
  readonly executionId: string;
  readonly event: ExecutionEvent;
  /** Called when the event is in the database. */
  readonly onDurable: () => void;
}

export interface ExecutionJournal {
  record(entry: JournalEntry): void;
  /** False: this runner does not hold the execution any more. Rejects when the database cannot be reached; nothing was written then. */
  finish(ending: Omit<Ending, 'events' | 'runnerId'>, last: JournalEntry): Promise<boolean>;
  /** Writes what waits, now. What cannot be written is kept. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface JournalNeeds {
  readonly db: Kysely<Tables>;
  readonly runnerId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long progress is gathered before it is written. */
  readonly gatherMs: number;
}

const retryMs = 1_000;

export function createExecutionJournal(needs: JournalNeeds): ExecutionJournal {
  const { db, runnerId, clock, logger, gatherMs } = needs;
  let waiting: JournalEntry[] = [];
  let writing: Promise<void> = Promise.resolve();
  let cancelTimer: (() => void) | undefined;
  let isDown = false;

  const schedule = (delayMs: number): void => {
    cancelTimer ??= clock.after(delayMs, () => {
      cancelTimer = undefined;
      void flush();
    });
  };

  const write = async (): Promise<void> => {
    const lot = waiting;
    if (lot.length === 0) return;
    waiting = [];
    try {
      await insertEvents(db, runnerId, lot);
      isDown = false;
      for (const entry of lot) entry.onDurable();
    } catch (error) {
      waiting = [...lot, ...waiting];
      if (!isDown) logger.error({ err: error, events: lot.length }, 'progress cannot be written; it is kept and tried again');
      isDown = true;
      schedule(retryMs);
    }
  };

  /** One lot at a time, so that an execution's events reach the database in order. */
  const flush = (): Promise<void> => {
    writing = writing.then(write);
    return writing;
  };

  return {
    flush,
    record(entry) {
      waiting.push(entry);
      schedule(gatherMs);
    },
    async finish(ending, last) {
      await writing;
      const own = waiting.filter((entry) => entry.executionId === ending.executionId);
      waiting = waiting.filter((entry) => entry.executionId !== ending.executionId);
      const entries = [...own, last];
      try {
        const isWritten = await finishExecution(db, { ...ending, runnerId, events: entries.map((entry) => entry.event) });
        if (isWritten) for (const entry of entries) entry.onDurable();
        return isWritten;
      } catch (error) {
        waiting = [...own, ...waiting];
        throw error;
      }
    },
    async close() {
      cancelTimer?.();
      cancelTimer = undefined;
      await flush();
    },
  };
}
