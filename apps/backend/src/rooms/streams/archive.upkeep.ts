/** Removes archived frames whose time is over, and announces those that the bus did not take at first. One backend does it at a time. */
import type { Duties } from '../../runtime/duties.ts';
import { announceArchived } from './archive.announce.ts';
import {
  type ArchiveRow,
  deleteArchived,
  selectDoomed,
  selectUnannounced,
  selectUsedClips,
  type WhichArchived,
} from './archive.queries.ts';
import type { ArchiveNeeds } from './archive.ts';

const intervalMs = 60_000;
const leaseMs = 5 * intervalMs;
const lot = 100;

/** Answers how to stop it; waits for a round in progress. */
export function startArchiveUpkeep(needs: ArchiveNeeds & { readonly duties: Pick<Duties, 'isMine'> }): () => Promise<void> {
  const stop = new AbortController();
  let cancel = (): void => undefined;
  let running: Promise<void> = Promise.resolve();
  const round = async (): Promise<void> => {
    try {
      if (await needs.duties.isMine('stream-archive', leaseMs)) await tidy(needs, stop.signal);
    } catch (error) {
      needs.logger.warn({ err: error }, 'archived frames could not be looked after');
    }
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

export async function tidy(needs: ArchiveNeeds, signal: AbortSignal): Promise<void> {
  // The store may be away while the bus is there.
  const outcomes = await Promise.allSettled([removeArchived(needs, {}, signal), announceWaiting(needs, signal)]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function announceWaiting(needs: ArchiveNeeds, signal: AbortSignal): Promise<void> {
  for (let rows = await selectUnannounced(needs.db, lot); rows.length > 0; rows = await selectUnannounced(needs.db, lot)) {
    for (const { name, ...kept } of rows) {
      if (signal.aborted) return;
      await announceArchived(kept, name, needs);
    }
  }
}

/**
 * Without a choice: those whose time is over. Objects first: when the store is away, the rows are still there for the next try, and nothing is
 * left in the store that nobody knows of.
 */
export async function removeArchived(
  { db, objects }: Pick<ArchiveNeeds, 'db' | 'objects'>,
  which: WhichArchived,
  signal?: AbortSignal,
): Promise<void> {
  for (let rows = await selectDoomed(db, which, lot); rows.length > 0 && signal?.aborted !== true; ) {
    const ids = rows.map(({ id }) => id);
    const clips = await clipsOnlyOf(db, rows);
    for (const key of [...rows.flatMap((row) => [row.object_key, row.thumbnail_key]), ...clips]) await objects.delete(key);
    const gone = await deleteArchived(db, ids);
    // Made in the meantime.
    for (const key of await clipsOnlyOf(db, gone)) if (!clips.includes(key)) await objects.delete(key);
    rows = await selectDoomed(db, which, lot);
  }
}

/** Frames that are kept may share the clip of one that is not. */
async function clipsOnlyOf(db: ArchiveNeeds['db'], rows: readonly ArchiveRow[]): Promise<readonly string[]> {
  const keys = [...new Set(rows.flatMap(({ clip_key }) => (clip_key === null ? [] : [clip_key])))];
  if (keys.length === 0) return [];
  const used = await selectUsedClips(
    db,
    keys,
    rows.map(({ id }) => id),
  );
  return keys.filter((key) => !used.has(key));
}
