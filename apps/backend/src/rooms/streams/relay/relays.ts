/** Streams that other backends run, watched from here: one call for each, however many watch it. */
import { AppError } from '@imageflow/core';
import type { Watched } from '../watched.ts';
import { Relay, type RelayNeeds } from './relay.ts';

export interface Relays {
  /** Resolves with the first word of the backend that runs it. @throws AppError SERVICE_UNAVAILABLE, CONFLICT, which say where it should be */
  open(streamId: string): Promise<Watched>;
  close(): Promise<void>;
}

export function createRelays(needs: RelayNeeds): Relays {
  const relays = new Map<string, Relay>();
  let isClosed = false;
  return {
    async open(streamId) {
      if (isClosed) throw new AppError('SHUTTING_DOWN', { retryAfterSeconds: 1 });
      const relay = relays.get(streamId) ?? new Relay(streamId, needs);
      if (!relays.has(streamId)) {
        relays.set(streamId, relay);
        void relay.ended.then(() => relays.delete(streamId));
      }
      await relay.opened;
      return relay;
    },
    async close() {
      isClosed = true;
      for (const relay of relays.values()) relay.close();
      await Promise.all([...relays.values()].map((relay) => relay.ended));
    },
  };
}
