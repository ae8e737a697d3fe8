/** Waits for the end of an execution, wherever it runs. */
import { AppError, type Clock } from '@imageflow/core';
import { isLast } from './announcement.ts';
import type { Hub } from './hub.ts';

export interface WaitNeeds {
  readonly clock: Clock;
  readonly hub: Hub;
}

/** An engine elsewhere may end an execution without this one hearing of it. */
const lookAgainMs = 2_000;

/** Asks `look` at first, when the end is announced, and now and then, until it answers. Rejects with CANCELLED when the signal aborts. */
export async function waitFor<T>(
  executionId: string,
  look: () => Promise<T | undefined>,
  needs: WaitNeeds,
  signal: AbortSignal,
): Promise<T> {
  let isAnnounced = false;
  let ring: () => void = () => undefined;
  const unwatch = needs.hub.watch(executionId, (announcement) => {
    if (!isLast(announcement)) return;
    isAnnounced = true;
    ring();
  });
  const stop = (): void => ring();
  signal.addEventListener('abort', stop);
  try {
    for (;;) {
      isAnnounced = false;
      const found = await look();
      if (found !== undefined) return found;
      if (signal.aborted) throw new AppError('CANCELLED', { cause: signal.reason });
      if (isAnnounced) continue;
      await new Promise<void>((resolve) => {
        const cancel = needs.clock.after(lookAgainMs, resolve);
        ring = () => {
          cancel();
          resolve();
        };
      });
    }
  } finally {
    unwatch();
    signal.removeEventListener('abort', stop);
  }
}
