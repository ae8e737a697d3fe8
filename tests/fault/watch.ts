/** Remembers what the platform said of each execution, and notices when it says something else later. */

import { type Client, followExecution, type Output } from '@imageflow/client';
import { type executionRoutes, executionRoutes as routes } from '@imageflow/contract';
import type { Chance } from './chance.ts';
import { pause } from './faults.ts';

export type Execution = Output<typeof executionRoutes.getExecution>;
export type Status = Execution['status'];

export interface Watch {
  /** Answered with 202. */
  accepted(id: string): void;
  /** Seen somewhere, e.g. in an answer or a message; `askedAt` (performance.now()) when it was asked for. */
  saw(id: string, status: Status, askedAt?: number): void;
  /** In words; empty when all is well. */
  readonly anomalies: readonly string[];
  /** Accepted, and no end seen. */
  readonly open: number;
  /** By id. */
  readonly ends: ReadonlyMap<string, Status>;
  readonly ids: ReadonlySet<string>;
  /** How often an end that was known was read again. */
  readonly looks: number;
  report(anomaly: string): void;
}

const terminal: ReadonlySet<Status> = new Set(['completed', 'failed', 'cancelled']);

export const isEnd = (status: Status): boolean => terminal.has(status);

export function createWatch(): Watch & { looked(execution: Execution, askedAt: number): void } {
  const ids = new Set<string>();
  const ends = new Map<string, Status>();
  const endedAt = new Map<string, number>();
  const faces = new Map<string, string>();
  const anomalies: string[] = [];
  let looks = 0;
  const saw = (id: string, status: Status, askedAt = performance.now()): void => {
    const before = ends.get(id);
    // An answer that was on its way when somebody else heard of the end may still be the older one.
    const isOlder = !isEnd(status) && askedAt < (endedAt.get(id) ?? 0);
    if (before !== undefined && before !== status && !isOlder) anomalies.push(`${id} was ${before} and is ${status}`);
    else if (isEnd(status) && before === undefined) {
      ends.set(id, status);
      endedAt.set(id, performance.now());
    }
  };
  return {
    ids,
    ends,
    anomalies,
    saw,
    accepted: (id) => void ids.add(id),
    report: (anomaly) => void anomalies.push(anomaly),
    get open() {
      return [...ids].filter((id) => !ends.has(id)).length;
    },
    get looks() {
      return looks;
    },
    looked(execution, askedAt) {
      const { execution_id: id } = execution;
      saw(id, execution.status, askedAt);
      if (!isEnd(execution.status)) return;
      const face = faceOf(execution);
      const before = faces.get(id);
      if (before === undefined) faces.set(id, face);
      else {
        looks += 1;
        if (before !== face) anomalies.push(`${id} changed after its end:\n    ${before}\n    ${face}`);
      }
    },
  };
}

/** Everything of an end that must never change. */
function faceOf({ status, finished_at, processing_time_ms, sequence, error, output_files, steps }: Execution): string {
  const outputs = output_files.map((file) => `${file.file_id} ${file.input} ${file.step_id} ${file.size_bytes}`);
  const parts = steps.map((step) => `${step.input} ${step.step_id} ${step.status} ${step.attempts}`);
  return JSON.stringify([status, finished_at, processing_time_ms, sequence, error?.code, outputs, parts]);
}

/** Lists what is newest and looks again at what has ended, until the signal aborts. A server that is away is asked later. */
export async function poll(client: Client, watch: ReturnType<typeof createWatch>, chance: Chance, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(chance.between(200, 900), signal);
    try {
      const askedAt = performance.now();
      const { items } = await client.call(routes.listExecutions, { query: { limit: 100 } });
      for (const { execution_id: id, status } of items) watch.saw(id, status, askedAt);
      const known = [...watch.ends.keys()];
      for (let count = 0; count < 5 && known.length > 0; count++) {
        // Newest ones are still in memory, older ones only in the database.
        const id = chance.is(0.5) ? known.at(-1 - Math.floor(chance.next() * Math.min(10, known.length))) : chance.pick(known);
        const now = performance.now();
        if (id !== undefined) watch.looked(await client.call(routes.getExecution, { params: { id } }), now);
      }
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }
}

/** Follows it over its WebSocket to the end; what is told twice, out of order or after the end is an anomaly. */
export async function follow(client: Client, watch: Watch, id: string, signal: AbortSignal): Promise<void> {
  let last = 0;
  try {
    for await (const message of followExecution(client, id, { signal, maxAwayMs: 300_000 })) {
      if (message.type === 'snapshot') {
        watch.saw(id, message.execution.status);
        continue;
      }
      if (message.sequence <= last) watch.report(`${id}: message ${message.sequence} came after ${last}`);
      last = message.sequence;
      if (message.type === 'completed') watch.saw(id, 'completed');
      if (message.type === 'error') watch.saw(id, message.error.code === 'CANCELLED' ? 'cancelled' : 'failed');
    }
  } catch (error) {
    if (!signal.aborted && !isPassing(error)) throw error;
  }
}

/** Of a server that dies and comes back: trying again can help. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ConnectionError' || error.name === 'TimeoutError' || error.name === 'AbortError') return true;
  return 'status' in error && (error.status === 429 || error.status === 401 || Number(error.status) >= 502);
}
