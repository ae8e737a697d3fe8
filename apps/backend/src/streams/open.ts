/** Live video: connections to the service, places for clients. */
import type { ServicePool } from '@imageflow/adapters/rpc';
import { createVideoConnections, type VideoConnections } from './live/connection.ts';
import { createPlaces, type Places } from './live/places.ts';

export interface Streams {
  readonly connections: VideoConnections;
  readonly places: Places;
  close(): Promise<void>;
}

export interface StreamsNeeds {
  readonly pool: Pick<ServicePool, 'snapshot'>;
  readonly serviceKey: string;
}

const placeLimits = { total: 256, perUser: 16 };

export function openStreams({ pool, serviceKey }: StreamsNeeds): Streams {
  const connections = createVideoConnections({ pool, serviceKey });
  return {
    connections,
    places: createPlaces(placeLimits),
    async close() {
      connections.close();
    },
  };
}
