/** Removes content nobody knows of: left by a process that died between storing it and writing it down. Now, then a few times a day. */
import type { Tables } from '@imageflow/adapters/database';
import type { Clock, ObjectStore } from '@imageflow/core';
import type { FastifyBaseLogger } from 'fastify';
import type { Kysely } from 'kysely';
import { uuidPattern } from '../../doors/page.ts';
import type { Duties } from '../../runtime/duties.ts';
import { selectExisting } from './files.queries.ts';
import { claimStore } from './installation.ts';

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
/** What dying processes leave is far below: one upload each. */
const fewFiles = 10;
const maxShare = 0.05;
const maxAtOnce = 10_000;

const notAlone =
  'the store also holds an object installations/<id> of another installation: nothing is cleared away. Give each installation a store of its own, or delete that object when the other one is gone';
const tooMany =
  'the database does not know too many of the stored files: nothing is cleared away. Check that IMAGEFLOW_DATABASE_URL and IMAGEFLOW_OBJECTS_URL belong together';
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

/**
 * Returns how many objects were removed. A database that does not name an object is no proof that nobody does: nothing is removed unless the store is
 * this installation's alone, and nothing when more than a small share of it is unknown.
 */
export async function sweep(
  needs: Pick<SweepNeeds, 'db' | 'objects' | 'clock'> & { readonly logger: Pick<FastifyBaseLogger, 'warn'> },
  signal: AbortSignal,
): Promise<number> {
  const { isSole, others } = await claimStore(needs.db, needs.objects);
  if (!isSole) {
    if (others.length > 0) needs.logger.warn({ event: 'sweep_refused', others }, notAlone);
    return 0;
  }
  const { unknown, unknownFiles, knownFiles } = await look(needs, signal);
  if (unknownFiles > (knownFiles === 0 ? 0 : Math.max(fewFiles, knownFiles * maxShare))) {
    needs.logger.warn({ event: 'sweep_refused', unknownFiles, knownFiles }, tooMany);
    return 0;
  }
  let count = 0;
  for (const key of unknown) {
    if (signal.aborted) break;
    await needs.objects.delete(key);
    count += 1;
  }
  return count;
}

interface Sight {
  readonly unknown: readonly string[];
  readonly unknownFiles: number;
  readonly knownFiles: number;
}

async function look(needs: Pick<SweepNeeds, 'db' | 'objects' | 'clock'>, signal: AbortSignal): Promise<Sight> {
  const unknown: string[] = [];
  const unknownFiles = new Set<string>();
  let knownFiles = 0;
  const now = needs.clock.now();
  const sort = async (keys: readonly string[]): Promise<void> => {
    const known = await selectExisting(needs.db, [...new Set(keys.map(fileIdOf).filter((id) => uuidPattern.test(id)))]);
    knownFiles += known.size;
    for (const key of keys) {
      if (known.has(fileIdOf(key)) || !isOld(fileIdOf(key), now) || unknown.length >= maxAtOnce) continue;
      unknown.push(key);
      unknownFiles.add(fileIdOf(key));
    }
  };
  for (const prefix of ['uploads/', 'thumbnails/']) {
    let batch: string[] = [];
    for await (const key of needs.objects.list(prefix)) {
      if (signal.aborted) return { unknown: [], unknownFiles: 0, knownFiles };
      batch.push(key);
      if (batch.length < batchSize) continue;
      await sort(batch);
      batch = [];
    }
    await sort(batch);
  }
  return { unknown, unknownFiles: unknownFiles.size, knownFiles };
}

/** uploads/<id>, thumbnails/<id>/<size>.jpg */
function fileIdOf(key: string): string {
  return key.split('/')[1] ?? '';
}

/** UUIDv7 begins with its time, in ms. What is not one was not put there by this program, and stays. */
function isOld(id: string, now: number): boolean {
  return uuidPattern.test(id) && Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16) < now - graceMs;
}
