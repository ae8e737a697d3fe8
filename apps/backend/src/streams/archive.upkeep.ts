/** Removes archived frames whose time is over, and announces those that the bus did not take at first. */

import { type ArchiveRow, deleteArchived, selectUnannounced, selectUsedClips } from './archive.queries.ts';
import { type ArchiveNeeds, announceArchived } from './archive.ts';

const intervalMs = 60_000;
const lot = 100;

/** Answers how to stop it; waits for a round in progress. */
export function startArchiveUpkeep(needs: ArchiveNeeds): () => Promise<void> {
  let isStopped = false;
  let cancel = (): void => undefined;
  let running: Promise<void> = Promise.resolve();
  const next = (): void => {
    if (isStopped) return;
    cancel = needs.clock.after(intervalMs, () => {
      running = tidy(needs)
        .catch((error: unknown) => needs.logger.warn({ err: error }, 'archived frames could not be looked after'))
        .then(next);
    });
  };
  next();
  return () => {
    isStopped = true;
    cancel();
    return running;
  };
}

export async function tidy(needs: ArchiveNeeds): Promise<void> {
  await removeArchived(needs, {});
  for (const { name, ...kept } of await selectUnannounced(needs.db, lot)) await announceArchived(kept, name, needs);
}

/** Rows first: a frame that is known has its picture. Without a choice: those whose time is over. */
export async function removeArchived(
  { db, objects }: Pick<ArchiveNeeds, 'db' | 'objects'>,
  which: { readonly id?: string; readonly streamId?: string },
): Promise<number> {
  for (let count = 0; ; ) {
    const rows = await deleteArchived(db, which, lot);
    for (const { object_key, thumbnail_key } of rows) {
      await objects.delete(object_key);
      await objects.delete(thumbnail_key);
    }
    for (const key of await unusedClips(db, rows)) await objects.delete(key);
    count += rows.length;
    if (rows.length < lot) return count;
  }
}

/** Frames that are kept may share the clip of one that is not. */
async function unusedClips(db: ArchiveNeeds['db'], rows: readonly ArchiveRow[]): Promise<readonly string[]> {
  const keys = [...new Set(rows.flatMap(({ clip_key }) => (clip_key === null ? [] : [clip_key])))];
  if (keys.length === 0) return [];
  const used = await selectUsedClips(db, keys);
  return keys.filter((key) => !used.has(key));
}
