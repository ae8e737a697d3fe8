/** What the address of the runs page says: /runs?status=failed&run=… */
const runStates = ['running', 'pending', 'completed', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof runStates)[number];

export const runFilters = ['all', ...runStates] as const;
export type RunFilter = (typeof runFilters)[number];

export interface RunsSearch {
  readonly status?: RunStatus | undefined;
  /** Id of the run that is shown beside the list. */
  readonly run?: string | undefined;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Takes what it knows. Anything else is set aside by name: the router would hand on what is not spoken of. */
export function parseRunsSearch({ status, run }: Readonly<Record<string, unknown>>): RunsSearch {
  return {
    status: runStates.find((state) => state === status),
    run: typeof run === 'string' && uuid.test(run) ? run : undefined,
  };
}
