/** How programs of the platform reach each other. */
import { messageOptions } from './limits.ts';

/** For a channel from one of them to another. */
export const neighbourOptions = {
  ...messageOptions,
  'grpc.service_config_disable_resolution': 1,
  // A proxy for the web is never on the way.
  'grpc.enable_http_proxy': 0,
  // Well below the second between two checks or tries of one that is away: once it is back, the next of them reaches it.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 200,
} as const;
