/** Everything that runs executions in this process, in order of need. */
import type { Database } from '@imageflow/adapters/database';
import type { Bus, Catalogue, ObjectStore, SchemaCheck, StepInvoker } from '@imageflow/core';
import type { Logger } from 'pino';
import type { Platform } from '../platform.ts';
import type { Metrics } from '../system/metrics.ts';
import type { PinnedPipeline } from './accept.ts';
import { createEngine } from './engine.ts';
import type { FileRow } from './executions.queries.ts';
import { createExecutionsService, type ExecutionsService } from './executions.service.ts';
import { createForecast } from './forecast.ts';
import { type Hub, openHub } from './hub.ts';
import { createExecutionJournal } from './journal.ts';
import { openLease } from './takeover.ts';

export interface Executions {
  readonly service: ExecutionsService;
  readonly hub: Hub;
  /** Lets running executions end within the time there is; the rest is taken up by the next engine. */
  close(): Promise<void>;
}

export interface ExecutionsParts {
  readonly database: Database;
  readonly bus: Bus;
  readonly objects: ObjectStore;
  readonly invoker: StepInvoker;
  readonly catalogue: () => Catalogue;
  readonly checkSchema: SchemaCheck;
  readonly discard: (uploads: readonly FileRow[]) => Promise<void>;
  readonly getPipeline: (key: string) => Promise<PinnedPipeline>;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly platform: Platform;
  readonly settings: ExecutionSettings;
}

export interface ExecutionSettings {
  /** "backend" or "worker". */
  readonly kind: string;
  readonly concurrency: number;
  readonly queueLimit: number;
  readonly drainMs: number;
}

/** On the embedded database a statement costs the main thread; with a server, other backends' clients wait for the copy on the bus. */
const gatherMs = { pglite: 50, postgres: 8 } as const;

export async function openExecutions(parts: ExecutionsParts): Promise<Executions> {
  const { database, bus, logger, platform, settings } = parts;
  const { db } = database;
  const { clock, random, ids } = platform;
  const runnerId = ids.next();
  const hub = await openHub(bus, logger);
  const journal = createExecutionJournal({ db, runnerId, clock, logger, gatherMs: gatherMs[database.kind] });
  const forecast = createForecast();
  const { invoker, catalogue, checkSchema, objects, metrics } = parts;
  const engine = createEngine({
    runnerId,
    clock,
    random,
    logger,
    invoker,
    catalogue,
    checkSchema,
    journal,
    hub,
    objects,
    metrics,
    forecast,
    nextId: ids.next,
    concurrency: settings.concurrency,
    queueLimit: settings.queueLimit,
  });
  hub.onCancelRequest((id, by) => void engine.cancel(id, by));
  const isAlone = database.kind === 'pglite';
  const lease = await openLease({ db, runnerId, kind: settings.kind, isAlone, clock, logger, engine, journal, objects });
  const { discard, getPipeline } = parts;
  const service = createExecutionsService({
    db,
    clock,
    ids,
    runnerId,
    engine,
    hub,
    forecast,
    discard,
    getPipeline,
    catalogue,
    checkSchema,
  });
  return {
    service,
    hub,
    async close() {
      // A second before the limit, so that what is left behind can still be written down.
      await engine.close(Math.max(0, settings.drainMs - 1_000));
      await journal.close();
      await lease.close();
      await hub.close();
    },
  };
}
