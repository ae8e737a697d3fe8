/** Executions that ended here a moment ago: who followed one asks for its result at once, and need not wait for the database. */
import type { Clock } from '@imageflow/core';
import type { LiveExecution } from './engine.ts';

export interface Recent {
  put(execution: LiveExecution): void;
  get(id: string): LiveExecution | undefined;
}

/** Short: the database is the truth, and files can be deleted. */
const keptMs = 5_000;
const maxKept = 200;

export function createRecent(clock: Clock): Recent {
  const kept = new Map<string, { readonly execution: LiveExecution; readonly until: number }>();
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
