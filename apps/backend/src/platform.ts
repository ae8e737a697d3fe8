/** The core's clock, ids and chance, made of the machine's own. */
import type { Clock, Ids, Random } from '@imageflow/core';
import { v7 } from 'uuid';

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};

/** UUIDv7, monotonic within this process. */
export const timeOrderedIds: Ids = { next: () => v7() };

export const systemRandom: Random = () => Math.random();
