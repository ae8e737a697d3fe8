/** Everything that runs executions in this process, in order of need. */
import type { Database } from '@imageflow/adapters/database';
import type { ServicePool } from '@imageflow/adapters/rpc';
import type { Tracing } from '@imageflow/adapters/tracing';
import type { Bus, ObjectStore, SchemaCheck } from '@imageflow/core';
import type { Logger } from 'pino';
import { createEngine } from '../../engine/engine.ts';
import { createForecast } from '../../engine/forecast.ts';
import { type Hub, openHub } from '../../engine/hub.ts';
import type { Job } from '../../engine/job.ts';
import type { FileRow } from '../../engine/jobs.queries.ts';
import { countUnfinished } from '../../engine/jobs.queries.ts';
import { createExecutionJournal } from '../../engine/journal.ts';
import { openWorker } from '../../engine/request-reader.ts';
import { type RequestReason, toDeadRequest, toRequest } from '../../engine/requests.ts';
import { leaveToAll } from '../../engine/shared-queue.queries.ts';
import { openCommonQueue } from '../../engine/shared-queue.ts';
import { createStoreWatch } from '../../engine/store-watch.ts';
import { openLease, reopenLost } from '../../engine/takeover.ts';
import type { Duties } from '../../runtime/duties.ts';
import type { CountExecutions, Metrics } from '../../runtime/metrics.ts';
import type { Platform } from '../../runtime/platform.ts';
import type { PinnedPipeline } from './accept.ts';
import { type DeadLetters, keepDeadLetter, openDeadLetters } from './dead-letters.ts';
import { createExecutionsService, type ExecutionsService } from './executions.service.ts';
import { type Lookout, openLookout } from './lookout.ts';
import { type RetentionSettings, startRetention } from './retention.ts';

export interface Executions {
  readonly service: ExecutionsService;
  readonly deadLetters: DeadLetters;
  readonly hub: Hub;
  readonly lookout: Lookout;
  readonly countUnfinished: CountExecutions;
  /** Lets running executions end within the time there is; the rest is taken up by the next engine. */
  close(): Promise<void>;
}

export interface ExecutionsParts {
  readonly database: Database;
  readonly bus: Bus;
  readonly objects: ObjectStore;
  readonly pool: Pick<ServicePool, 'invoker' | 'catalogue' | 'settled' | 'availability'>;
  readonly duties: Pick<Duties, 'isMine'>;
  readonly checkSchema: SchemaCheck;
  readonly discard: (uploads: readonly FileRow[]) => Promise<void>;
  readonly getPipeline: (key: string) => Promise<PinnedPipeline>;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
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
  readonly retention: RetentionSettings;
}

/**
 * On the embedded database a statement costs the main thread about a millisecond, and nobody else waits for the events: a run that is shorter
 * writes all of them with its end. With a server, clients of other backends wait for the copy on the bus.
 */
const gatherMs = { pglite: 200, postgres: 8 } as const;

/** With the embedded database nobody else runs anything. */
const lookoutMs = { pglite: 5_000, postgres: 1_000 } as const;

/** A service that takes longer to start is down: what needs it fails or waits by the rules for that. */
const settleMs = 20_000;
/** How long an execution waits for a service that is away. */
const patienceMs = 24 * 3600_000;

export async function openExecutions(parts: ExecutionsParts): Promise<Executions> {
  const { database, bus, logger, platform, settings } = parts;
  const { db } = database;
  const { clock, random, ids } = platform;
  const runnerId = ids.next();
  const hub = await openHub(bus, logger);
  const journal = createExecutionJournal({ db, runnerId, clock, logger, gatherMs: gatherMs[database.kind] });
  const lookout = openLookout({ db, clock, logger, intervalMs: lookoutMs[database.kind] });
  const forecast = createForecast();
  const { pool, checkSchema, objects, metrics, tracing } = parts;
  const { catalogue } = pool;
  const isAlone = database.kind === 'pglite';
  // What an engine left behind that died.
  const prepare = async (job: Job): Promise<Job> => (job.takeovers > 0 ? reopenLost(job, { objects, clock, journal }) : job);
  const common = { db, runnerId, clock, logger, limit: settings.queueLimit, prepare };
  // The topic is how others learn of it; people look at the table, with or without the bus.
  const bury = async (job: Job, reason: RequestReason, rounds: number): Promise<void> => {
    const message = toDeadRequest(job, runnerId, reason, rounds, clock.now());
    await bus.publish(message).catch((error: unknown) => {
      logger.warn({ err: error, execution_id: job.id }, 'the bus cannot take a dead letter: it is stored without it');
      return keepDeadLetter(message, { db, ids });
    });
  };
  const leased = Promise.withResolvers<void>();
  const engine = createEngine({
    runnerId,
    clock,
    random,
    logger,
    invoker: pool.invoker,
    catalogue,
    ready: Promise.all([pool.settled(settleMs), leased.promise]),
    checkSchema,
    journal,
    hub,
    objects,
    metrics,
    tracing,
    forecast,
    nextId: ids.next,
    concurrency: settings.concurrency,
    queueLimit: settings.queueLimit,
    isStoreUp: createStoreWatch(objects, clock),
    isAvailable: (service) => pool.availability(service) === 'available',
    patienceMs,
    openCommon: isAlone ? undefined : (room, admit) => openCommonQueue({ ...common, room, admit }),
    leaveToAll: (job) => leaveToAll(db, job.id, runnerId, job.mode),
    publish: (job, reason) => bus.publish(toRequest(job, runnerId, reason, clock.now())),
    bury,
  });
  hub.onCancelRequest(engine.wishCancel);
  const lease = await openLease({ db, runnerId, kind: settings.kind, isAlone, clock, logger, engine, journal, objects });
  leased.resolve();
  const worker = await openWorker({ bus, db, runnerId, engine, isAlone, clock, logger });
  const hasRoom = () => engine.load.running < settings.concurrency && engine.load.waiting === 0;
  const { discard, getPipeline } = parts;
  const service = createExecutionsService({
    db,
    clock,
    ids,
    runnerId,
    hold: engine.hold,
    objects,
    engine,
    hub,
    lookout,
    forecast,
    discard,
    getPipeline,
    hasRoom,
    catalogue,
    checkSchema,
  });
  const deadLetters = await openDeadLetters({ db, bus, clock, ids, executions: service });
  const stopRetention = startRetention({ db, objects, clock, duties: parts.duties, logger, settings: settings.retention });
  return {
    service,
    deadLetters,
    hub,
    lookout,
    countUnfinished: () => countUnfinished(db),
    async close() {
      await stopRetention();
      await deadLetters.close();
      await worker.close();
      // A second before the limit, so that what is left behind can still be written down.
      await engine.close(Math.max(0, settings.drainMs - 1_000));
      await journal.close();
      await lease.close();
      await lookout.close();
      await hub.close();
    },
  };
}
