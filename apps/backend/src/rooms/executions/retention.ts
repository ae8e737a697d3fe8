/**
 * Removes what is no longer kept: lossless images between steps (by age, and the oldest when they are too many bytes), outputs (by age, when
 * the operator wants that), what executions left in the store without a row, and idempotency keys of days ago.
 */
import type { Tables } from '@imageflow/adapters/database';
import type { Clock, ObjectStore } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { uuidPattern } from '../../doors/page.ts';
import type { Duties } from '../../runtime/duties.ts';
import { deleteOldFiles, deleteOldIdempotencyKeys, deleteSurplusHandovers, selectOwned } from './retention.queries.ts';

export interface RetentionSettings {
  /** Undefined: outputs are kept for ever. */
  readonly outputDays: number | undefined;
  readonly handoverHours: number;
  readonly handoverMaxBytes: number;
}

export interface RetentionNeeds {
  readonly db: Kysely<Tables>;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly duties: Pick<Duties, 'isMine'>;
  readonly logger: Logger;
  readonly settings: RetentionSettings;
}

const intervalMs = 60_000;
const leaseMs = 150_000;
/** Looking through the whole store costs more. */
const strayEvery = 360;
const hourMs = 3600_000;
/** A service that was told to stop may still write for a moment. */
const strayAgeMs = hourMs;
const keyAgeMs = 48 * hourMs;
const strayLot = 500;

/** Answers how to stop it; waits for a removal in progress. */
export function startRetention(needs: RetentionNeeds): () => Promise<void> {
  const stop = new AbortController();
  let cancel = (): void => undefined;
  let running = Promise.resolve();
  let rounds = 0;
  const round = async (): Promise<void> => {
    try {
      if (await needs.duties.isMine('retention', leaseMs)) await clean(needs, rounds % strayEvery === 0, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) needs.logger.warn({ err: error }, 'what is no longer kept could not be removed');
    }
    rounds += 1;
    next();
  };
  const next = (): void => {
    if (stop.signal.aborted) return;
    cancel = needs.clock.after(intervalMs, () => {
      running = round();
    });
  };
  next();
  return () => {
    stop.abort();
    cancel();
    return running;
  };
}

/** One round; answers how many files and objects it removed. */
export async function clean(needs: Omit<RetentionNeeds, 'logger' | 'duties'>, withStrays: boolean, signal: AbortSignal): Promise<number> {
  const { db, clock, settings } = needs;
  const before = (ageMs: number): Date => new Date(clock.now() - ageMs);
  let removed = await removeAll(() => deleteOldFiles(db, 'handover', before(settings.handoverHours * hourMs)), needs, signal);
  removed += await removeAll(() => deleteSurplusHandovers(db, settings.handoverMaxBytes), needs, signal);
  if (settings.outputDays !== undefined) {
    const limit = before(settings.outputDays * 24 * hourMs);
    removed += await removeAll(() => deleteOldFiles(db, 'output', limit), needs, signal);
  }
  await deleteOldIdempotencyKeys(db, before(keyAgeMs));
  return withStrays ? removed + (await removeStrays(needs, before(strayAgeMs), signal)) : removed;
}

interface Removed {
  readonly id: string;
  readonly object_key: string;
}

/** Rows first: a file that is known has its content. */
async function removeAll(
  next: () => Promise<readonly Removed[]>,
  { objects }: Pick<RetentionNeeds, 'objects'>,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for (;;) {
    const lot = signal.aborted ? [] : await next();
    if (lot.length === 0) return count;
    for (const { object_key } of lot) await objects.delete(object_key);
    count += lot.length;
  }
}

/** Objects of executions that have no row: left by a run that failed, or by a process that died. */
async function removeStrays(needs: Pick<RetentionNeeds, 'db' | 'objects'>, limit: Date, signal: AbortSignal): Promise<number> {
  let count = 0;
  let lot: string[] = [];
  const flush = async (): Promise<void> => {
    const owned = await selectOwned(needs.db, lot, [...new Set(lot.map(executionOf))], limit);
    for (const key of lot) {
      if (owned.keys.has(key) || owned.executions.has(executionOf(key))) continue;
      await needs.objects.delete(key);
      count += 1;
    }
    lot = [];
  };
  for await (const key of needs.objects.list('executions/')) {
    if (signal.aborted) return count;
    if (uuidPattern.test(executionOf(key))) lot.push(key);
    if (lot.length >= strayLot) await flush();
  }
  if (lot.length > 0) await flush();
  return count;
}

/** executions/<id>/… */
function executionOf(key: string): string {
  return key.split('/')[1] ?? '';
}
