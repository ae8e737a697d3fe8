/** Waits for the end of an execution, wherever it runs. */
import { AppError } from '@imageflow/core';
import { isLast } from '../../engine/announcement.ts';
import type { Hub } from '../../engine/hub.ts';
import type { Lookout } from './lookout.ts';

export interface WaitNeeds {
  readonly hub: Hub;
  /** An engine elsewhere may end it without this one hearing of it. */
  readonly lookout: Lookout;
}

/** Asks `look` at first, when the end is announced, and when the journal has grown, until it answers. Rejects with CANCELLED when the signal aborts. */
export async function waitFor<T>(
  executionId: string,
  look: () => Promise<T | undefined>,
  needs: WaitNeeds,
  signal: AbortSignal,
): Promise<T> {
  let hasNews = false;
  let ring: () => void = () => undefined;
  const unwatch = needs.hub.watch(executionId, (announcement) => {
    if (isLast(announcement)) wake();
  });
  const unwatchJournal = needs.lookout.watch(executionId, () => wake());
  const wake = (): void => {
    hasNews = true;
    ring();
  };
  signal.addEventListener('abort', wake);
  try {
    for (;;) {
      hasNews = false;
      const found = await look();
      if (found !== undefined) return found;
      if (signal.aborted) throw new AppError('CANCELLED', { cause: signal.reason });
      if (hasNews) continue;
      await new Promise<void>((resolve) => {
        ring = resolve;
      });
    }
  } finally {
    unwatch();
    unwatchJournal();
    signal.removeEventListener('abort', wake);
  }
}
