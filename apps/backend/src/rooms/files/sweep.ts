/** Removes content nobody knows of: left by a process that died between storing it and writing it down. Now, then a few times a day. */
import type { Tables } from '@imageflow/adapters/database';
import type { Clock, ObjectStore } from '@imageflow/core';
import type { FastifyBaseLogger } from 'fastify';
import type { Kysely } from 'kysely';
import { uuidPattern } from '../../doors/page.ts';
import type { Duties } from '../../runtime/duties.ts';
import { selectExisting } from './files.queries.ts';

export interface SweepNeeds {
  readonly db: Kysely<Tables>;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly duties: Pick<Duties, 'isMine'>;
  readonly logger: FastifyBaseLogger;
}

const intervalMs = 6 * 3600_000;
/** An upload that is still on its way is younger: no request may take that long. */
const graceMs = 3600_000;
const batchSize = 500;
/** Looking through the whole store may take a while. */
const leaseMs = 30 * 60_000;

/** Answers how to stop it; waits for a removal in progress. */
export function startSweep(needs: SweepNeeds): () => Promise<void> {
  const stop = new AbortController();
  let cancel = (): void => undefined;
  let running = Promise.resolve();
  const run = async (): Promise<void> => {
    try {
      const count = (await needs.duties.isMine('sweep', leaseMs)) ? await sweep(needs, stop.signal) : 0;
      if (count > 0) needs.logger.info({ event: 'swept', objects: count }, 'content without a file was removed');
    } catch (error) {
      needs.logger.warn({ err: error }, 'content without a file could not be removed');
    }
    if (!stop.signal.aborted) cancel = needs.clock.after(intervalMs, start);
  };
  const start = (): void => {
    running = run();
  };
  start();
  return () => {
    stop.abort();
    cancel();
    return running;
  };
}

/** How many objects were removed. */
export async function sweep(needs: Pick<SweepNeeds, 'db' | 'objects' | 'clock'>, signal: AbortSignal): Promise<number> {
  let count = 0;
  for (const prefix of ['uploads/', 'thumbnails/']) {
    let batch: string[] = [];
    for await (const key of needs.objects.list(prefix)) {
      if (signal.aborted) return count;
      if (isOld(fileIdOf(key), needs.clock.now())) batch.push(key);
      if (batch.length < batchSize) continue;
      count += await removeUnknown(needs, batch);
      batch = [];
    }
    count += await removeUnknown(needs, batch);
  }
  return count;
}

async function removeUnknown({ db, objects }: Pick<SweepNeeds, 'db' | 'objects'>, keys: readonly string[]): Promise<number> {
  const known = await selectExisting(db, [...new Set(keys.map(fileIdOf))]);
  const unknown = keys.filter((key) => !known.has(fileIdOf(key)));
  for (const key of unknown) await objects.delete(key);
  return unknown.length;
}

/** uploads/<id>, thumbnails/<id>/<size>.jpg */
function fileIdOf(key: string): string {
  return key.split('/')[1] ?? '';
}

/** UUIDv7 begins with its time, in ms. What is not one was not put there by this program, and stays. */
function isOld(id: string, now: number): boolean {
  return uuidPattern.test(id) && Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16) < now - graceMs;
}
