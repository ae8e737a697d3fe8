/** Works on several items at a time; answers come as they are ready. The first failure ends it when the running ones have ended. */
export async function* inParallel<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running = new Map<number, Promise<{ at: number; result: R }>>();
  let next = 0;
  try {
    for await (const item of items) {
      const at = next++;
      running.set(
        at,
        work(item).then((result) => ({ at, result })),
      );
      if (running.size >= limit) yield await takeOne(running);
    }
    while (running.size > 0) yield await takeOne(running);
  } finally {
    await Promise.allSettled(running.values());
  }
}

async function takeOne<R>(running: Map<number, Promise<{ at: number; result: R }>>): Promise<R> {
  const { at, result } = await Promise.race(running.values());
  running.delete(at);
  return result;
}
