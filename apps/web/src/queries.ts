/** What pages read, one entry a resource: the same key everywhere, so pages share what one of them has read. */
import { authRoutes, deadLetterRoutes, executionRoutes, systemRoutes } from '@imageflow/contract';
import { queryOptions } from '@tanstack/react-query';
import { api } from './session.ts';

const healthMs = 15_000;
const liveMs = 2000;

export const queries = {
  me: () => queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => api().call(authRoutes.me, {}, { signal }), staleTime: 60_000 }),
  health: () =>
    queryOptions({
      queryKey: ['health'],
      queryFn: ({ signal }) => api().call(systemRoutes.getHealth, {}, { signal, timeoutMs: healthMs }),
      refetchInterval: healthMs,
      retry: false,
    }),
  executions: (status: 'running' | 'pending') =>
    queryOptions({
      queryKey: ['executions', { status }],
      queryFn: ({ signal }) => api().call(executionRoutes.listExecutions, { query: { status, limit: 20 } }, { signal }),
      refetchInterval: liveMs,
    }),
  deadLetters: () =>
    queryOptions({
      queryKey: ['dead-letters'],
      queryFn: ({ signal }) => api().call(deadLetterRoutes.listDeadLetters, { query: { redriven: 'false', limit: 200 } }, { signal }),
      refetchInterval: healthMs,
    }),
};
