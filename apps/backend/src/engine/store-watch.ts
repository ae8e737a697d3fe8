/** Whether the object store answers, for executions that wait for it: asked only when somebody wants to know, and not more often than needed. */
import type { Clock, ObjectStore } from '@imageflow/core';

const knownMs = 2_000;

/** What is answered is the outcome of the last check, and false before the first one. */
export function createStoreWatch(objects: Pick<ObjectStore, 'check'>, clock: Clock): () => boolean {
  let isUp = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock.now();
    if (now - askedAt < knownMs) return isUp;
    // An answer of long ago says nothing about now.
    isUp &&= now - askedAt < 2 * knownMs;
    askedAt = now;
    objects.check().then(
      () => {
        isUp = true;
      },
      () => {
        isUp = false;
      },
    );
    return isUp;
  };
}
