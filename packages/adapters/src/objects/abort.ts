/** Sources that stop when they are told to. */
import { AppError } from '@imageflow/core';

/** Ends with CANCELLED as soon as the signal says so, even while the source is silent. */
export async function* abortable(source: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  if (signal === undefined) {
    yield* source;
    return;
  }
  const iterator = source[Symbol.asyncIterator]();
  const stop = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(aborted(signal)), { once: true });
    if (signal.aborted) reject(aborted(signal));
  });
  // It may reject when nobody waits for it.
  stop.catch(() => undefined);
  try {
    for (;;) {
      const step = await Promise.race([iterator.next(), stop]);
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    // Not awaited: a source that is silent would keep us here.
    void iterator.return?.()?.then(undefined, () => undefined);
  }
}

export function aborted(signal: AbortSignal): AppError {
  return new AppError('CANCELLED', { cause: signal.reason });
}
