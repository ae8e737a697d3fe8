/** What pages read, one entry a resource: the same key everywhere, so pages share what one of them has read. */
import type { Output } from '@imageflow/client';
import { authRoutes, deadLetterRoutes, executionRoutes, pipelineRoutes, systemRoutes } from '@imageflow/contract';
import { queryOptions } from '@tanstack/react-query';
import type { RunStatus } from './runs/search.ts';
import { api } from './session.ts';

const healthMs = 15_000;
const liveMs = 2000;
/** A run that goes on is looked at more often than the list. */
const followMs = 1000;

/** A run as the server tells it. */
export type Run = Output<typeof executionRoutes.getExecution>;
export type RunStep = Run['steps'][number];

export function hasEnded({ status }: Pick<Run, 'status'>): boolean {
  return status !== 'pending' && status !== 'running';
}

export const queries = {
  me: () => queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => api().call(authRoutes.me, {}, { signal }), staleTime: 60_000 }),
  health: () =>
    queryOptions({
      queryKey: ['health'],
      queryFn: ({ signal }) => api().call(systemRoutes.getHealth, {}, { signal, timeoutMs: healthMs }),
      refetchInterval: healthMs,
      retry: false,
    }),
  /** The newest runs, of one state or all. */
  runs: (status: RunStatus | undefined) =>
    queryOptions({
      queryKey: ['runs', { status }],
      queryFn: ({ signal }) =>
        api().call(executionRoutes.listExecutions, { query: { limit: 100, ...(status !== undefined && { status }) } }, { signal }),
      refetchInterval: liveMs,
    }),
  run: (id: string) =>
    queryOptions({
      queryKey: ['run', id],
      queryFn: ({ signal }) => api().call(executionRoutes.getExecution, { params: { id } }, { signal }),
      refetchInterval: ({ state }) => (state.data !== undefined && hasEnded(state.data) ? false : followMs),
    }),
  pipelines: () =>
    queryOptions({
      queryKey: ['pipelines'],
      queryFn: ({ signal }) => api().call(pipelineRoutes.listPipelines, { query: { limit: 200 } }, { signal }),
    }),
  deadLetters: () =>
    queryOptions({
      queryKey: ['dead-letters'],
      queryFn: ({ signal }) => api().call(deadLetterRoutes.listDeadLetters, { query: { redriven: 'false', limit: 200 } }, { signal }),
      refetchInterval: healthMs,
    }),
};
