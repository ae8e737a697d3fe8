/**
 * A worker: the engine of a backend without its doors. It takes executions from the queue, and by HTTP it answers only probes and /metrics.
 * It shares the database, the objects and the bus with the backends; any number of them may run, and come and go.
 */

import { AppError, checkPipeline } from '@imageflow/core';
import { checkJsonSchema } from '@imageflow/schema/compiled';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { createFilesService } from './rooms/files/files.service.ts';
import { createPipelinesService } from './rooms/pipelines/pipelines.service.ts';
import { openMaintenance } from './rooms/pool/maintenance.ts';
import { measurePool } from './rooms/pool/pool-metrics.ts';
import { createHealthWatch } from './rooms/system/health.ts';
import { registerProbes } from './rooms/system/probes.routes.ts';
import { openEngine } from './rooms.ts';
import { createLifecycle } from './runtime/lifecycle.ts';
import { createMetrics } from './runtime/metrics.ts';
import { dependenciesOf, openParts, type Parts } from './runtime/parts.ts';
import { type Platform, systemPlatform } from './runtime/platform.ts';

export interface Worker {
  readonly app: FastifyInstance;
  /** Takes no more work, lets running work end, closes everything in reverse order. Idempotent. */
  close(): Promise<void>;
}

/** Starts everything but the listening of HTTP; a start that fails closes what it had opened and rejects. */
export async function openWorker(config: Config, logger: Logger, platform: Platform = systemPlatform): Promise<Worker> {
  refuseEmbedded(config);
  const lifecycle = createLifecycle(logger, config.drainMs);
  try {
    const parts = await openParts('worker', config, logger, platform, lifecycle);
    const maintenance = await openMaintenance({ database: parts.database, pool: parts.pool, clock: platform.clock, logger });
    lifecycle.onClose('maintenance', maintenance.close);
    const metrics = createMetrics();
    measurePool(metrics, parts.pool);
    const health = createHealthWatch(dependenciesOf(parts), platform.clock);
    const app = createProbeApp(logger);
    lifecycle.onClose('http', () => app.close());
    registerProbes(app, { health, metrics, isStopping: lifecycle.isClosing });
    await openEngine('worker', parts, { ...createRooms(parts), metrics });
    await app.ready();
    return { app, close: lifecycle.close };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

function createProbeApp(logger: FastifyBaseLogger): FastifyInstance {
  return Fastify({ loggerInstance: logger, logController: new LogController({ disableRequestLogging: true }) });
}

function createRooms({ database: { db }, objects, pool, config, platform: { clock, ids } }: Parts) {
  const check = (definition: Parameters<typeof checkPipeline>[0]) => checkPipeline(definition, pool.catalogue(), checkJsonSchema);
  return {
    pipelines: createPipelinesService({ db, clock, ids, check }),
    files: createFilesService({ db, objects, clock, ids, limits: config.limits }),
  };
}

/** The embedded database belongs to one process, which is a backend. */
function refuseEmbedded({ databaseUrl }: Config): void {
  if (!databaseUrl.startsWith('pglite:')) return;
  const message = {
    ja: 'ワーカーはバックエンドと PostgreSQL を共有します。postgres://… を指定してください',
    en: 'A worker shares PostgreSQL with the backends: give a postgres:// address',
  };
  throw new AppError('VALIDATION_ERROR', { detail: message, faults: [{ field: 'IMAGEFLOW_DATABASE_URL', message }] });
}
