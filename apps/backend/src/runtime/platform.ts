/** The core's clock, ids and chance, made of the machine's own. */
import type { Clock, Ids, Random } from '@imageflow/core';
import { v7 } from 'uuid';

/** Handed to every part that needs one of them; tests bring a clock of their own. */
export interface Platform {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
}

export const systemPlatform: Platform = {
  clock: {
    now: () => Date.now(),
    after(delayMs, fire) {
      const timer = setTimeout(fire, delayMs);
      return () => clearTimeout(timer);
    },
  },
  /** UUIDv7, monotonic within this process. */
  ids: { next: () => v7() },
  random: () => Math.random(),
};
