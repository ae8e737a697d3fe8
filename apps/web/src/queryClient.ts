/** How pages read: again after a failure of the network, never after a refusal. */
import { ApiError } from '@imageflow/client';
import { QueryClient } from '@tanstack/react-query';

const maxTries = 3;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { staleTime: 1000, retry: (failures, error) => !(error instanceof ApiError && error.status < 500) && failures < maxTries },
    },
  });
}
