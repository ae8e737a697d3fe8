/** A queue for one thing that only one may use at a time, first come first served. */
import { AppError } from '@imageflow/core';

export interface Turns {
  /**
   * Resolves when it is the caller's turn; then `give` must be called once.
   * @throws AppError DATABASE_UNAVAILABLE after the waiting limit, or the signal's reason.
   */
  take(signal?: AbortSignal): Promise<void>;
  give(): void;
  /** Waits for its turn and keeps it for ever: whoever is or comes behind gets `error`. */
  end(error: AppError): Promise<void>;
}

interface Waiter {
  readonly enter: () => void;
  readonly leave: (reason: unknown) => void;
}

export function createTurns(waitMs: number): Turns {
  const waiting = new Set<Waiter>();
  let isTaken = false;
  let ended: AppError | undefined;
  const take = (signal?: AbortSignal): Promise<void> => {
    if (ended !== undefined) return Promise.reject(ended);
    if (isTaken) return wait(waiting, waitMs, signal);
    isTaken = true;
    return Promise.resolve();
  };
  return {
    take,
    give() {
      const next = waiting.values().next().value;
      if (next === undefined) isTaken = false;
      else next.enter();
    },
    async end(error) {
      const turn = take();
      ended = error;
      await turn;
      for (const waiter of waiting) waiter.leave(error);
    },
  };
}

function wait(waiting: Set<Waiter>, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const forget = (): void => {
      waiting.delete(waiter);
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const waiter: Waiter = {
      enter: () => {
        forget();
        resolve();
      },
      leave: (reason) => {
        forget();
        reject(reason);
      },
    };
    const abort = (): void => waiter.leave(signal?.reason);
    const timer = setTimeout(() => waiter.leave(tookTooLong(waitMs)), waitMs);
    waiting.add(waiter);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort);
  });
}

/** Too much work, or a transaction that waits for itself by using the outer handle. */
function tookTooLong(waitMs: number): AppError {
  return new AppError('DATABASE_UNAVAILABLE', {
    detail: {
      ja: `データベースの順番が ${waitMs / 1000} 秒以内に回ってきませんでした。しばらくしてからもう一度試してください`,
      en: `The database was busy for more than ${waitMs / 1000} seconds. Try again shortly`,
    },
  });
}
