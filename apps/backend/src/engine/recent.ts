/** Executions that ended here a moment ago: who followed one asks for its result at once, and need not wait for the database. */
import type { Clock } from '@imageflow/core';

interface Ended {
  readonly job: { readonly id: string };
}

export interface Recent<Execution extends Ended> {
  put(execution: Execution): void;
  get(id: string): Execution | undefined;
}

/** Short: the database is the truth, and files can be deleted. */
const keptMs = 5_000;
const maxKept = 200;

export function createRecent<Execution extends Ended>(clock: Clock): Recent<Execution> {
  const kept = new Map<string, { readonly execution: Execution; readonly until: number }>();
  return {
    put(execution) {
      kept.set(execution.job.id, { execution, until: clock.now() + keptMs });
      for (const [id, { until }] of kept) {
        if (kept.size <= maxKept && until > clock.now()) break;
        kept.delete(id);
      }
    },
    get(id) {
      const found = kept.get(id);
      return found !== undefined && found.until > clock.now() ? found.execution : undefined;
    },
  };
}
