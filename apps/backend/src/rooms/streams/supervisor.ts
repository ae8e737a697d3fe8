/**
 * Decides which streams this backend runs: those that shall run and that no living backend runs. A lease in the database, in the database's
 * time, makes that one runner; a backend that cannot renew its leases stops its streams before others may take them.
 */
import type { Database } from '@imageflow/adapters/database';
import type { Clock } from '@imageflow/core';
import type { Logger } from 'pino';
import type { Runner } from './runner.ts';
import { claimStreams, leaseSeconds, releaseAll, releaseStreams, renewLeases, type StreamRow, writeStatus } from './streams.queries.ts';
import type { RunnerStatus } from './watched.ts';

export interface Supervisor {
  /** Undefined when this backend does not run it. */
  find(id: string): Runner | undefined;
  running(): readonly Runner[];
  /** Looks at the database now; resolves when this backend does what it says. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface SupervisorNeeds {
  readonly database: Pick<Database, 'db' | 'kind'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of this backend. */
  readonly runnerId: string;
  readonly start: (row: StreamRow) => Runner;
  /** Where other backends reach this one, once that is known. */
  readonly address: () => string | undefined;
}

const roundMs = 2_000;
/** Few at a time, so that several backends share them. */
const claimLot = 4;
const statusMs = 4_000;

export async function startSupervisor(needs: SupervisorNeeds): Promise<Supervisor> {
  const { database, clock, logger, runnerId } = needs;
  const { db, kind } = database;
  const runners = new Map<string, Runner>();
  const written = new Map<string, { readonly at: number; readonly state: string }>();
  let isClosed = false;
  let renewedAt = clock.now();
  let cancel = (): void => undefined;
  let work: Promise<void> = Promise.resolve();

  async function round(): Promise<void> {
    try {
      const address = needs.address() ?? null;
      const own = await renewLeases(db, runnerId, address);
      const rows = [...own, ...(await claimStreams(db, runnerId, address, claimLot))];
      renewedAt = clock.now();
      await stopOthers(new Set(rows.map((row) => row.id)));
      for (const row of rows) keep(row);
      await writeAll();
    } catch (error) {
      logger.warn({ err: error }, 'streams could not be looked after');
      const isLate = clock.now() - renewedAt > (leaseSeconds - 5) * 1000;
      if (isLate && kind !== 'pglite') await stopOthers(new Set());
    }
  }

  function keep(row: StreamRow): void {
    const runner = runners.get(row.id);
    if (runner === undefined) runners.set(row.id, needs.start(row));
    else runner.apply(row);
  }

  async function stopOthers(wanted: ReadonlySet<string>): Promise<void> {
    const surplus = [...runners].filter(([id]) => !wanted.has(id));
    for (const [id] of surplus) runners.delete(id);
    await Promise.all(surplus.map(([, runner]) => runner.close()));
    if (surplus.length === 0) return;
    await releaseStreams(
      db,
      runnerId,
      surplus.map(([id]) => id),
    );
  }

  /** Others see it too, and it is there when nobody runs it any more. */
  async function writeAll(): Promise<void> {
    const now = clock.now();
    for (const [id, runner] of runners) {
      const status: RunnerStatus = runner.status();
      const last = written.get(id);
      const isOld = kind !== 'pglite' && now - (last?.at ?? 0) >= statusMs;
      if (last?.state === status.state && !isOld) continue;
      await writeStatus(db, id, runnerId, status);
      written.set(id, { at: now, state: status.state });
    }
  }

  /** One round after the other. */
  function settle(): Promise<void> {
    work = work.then(() => (isClosed ? undefined : round()));
    return work;
  }

  function next(): void {
    if (isClosed) return;
    cancel = clock.after(roundMs, () => void settle().then(next));
  }

  if (kind === 'pglite') await releaseAll(db);
  void settle().then(next);
  return {
    find: (id) => runners.get(id),
    running: () => [...runners.values()],
    settle,
    async close() {
      isClosed = true;
      cancel();
      await work;
      await Promise.all([...runners.values()].map((runner) => runner.close()));
      runners.clear();
      // Another backend goes on at once.
      await releaseStreams(db, runnerId).catch((error: unknown) => logger.warn({ err: error }, 'streams could not be handed over'));
    },
  };
}
