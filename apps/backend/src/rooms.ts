/** The rooms' own services, in order of need. */

import { checkPipeline } from '@imageflow/core';
import { checkJsonSchema } from '@imageflow/schema/compiled';
import { type AuthService, openAuthService } from './rooms/accounts/auth.service.ts';
import { startExpiry } from './rooms/accounts/expiry.ts';
import { createUsersService, type UsersService } from './rooms/accounts/users.service.ts';
import { type Executions, openExecutions } from './rooms/executions/open.ts';
import { createFilesService, type FilesService } from './rooms/files/files.service.ts';
import { startSweep } from './rooms/files/sweep.ts';
import { createModelsService, type ModelsService } from './rooms/models/models.service.ts';
import { countNotifications } from './rooms/notifications/notifications.queries.ts';
import { openNotifications } from './rooms/notifications/notifications.service.ts';
import { type Rollups, startRollups } from './rooms/performance/rollup.ts';
import { createPipelinesService, type PipelinesService } from './rooms/pipelines/pipelines.service.ts';
import { type Maintenance, openMaintenance } from './rooms/pool/maintenance.ts';
import { measurePool } from './rooms/pool/pool-metrics.ts';
import { openServiceKey, type ServiceKey } from './rooms/pool/service-key.ts';
import { openStreams, type Streams } from './rooms/streams/open.ts';
import { measureStreams } from './rooms/streams/streams-metrics.ts';
import { type AuditLog, createAuditLog } from './rooms/system/audit.ts';
import { createHealthWatch, type HealthWatch } from './rooms/system/health.ts';
import { measureHealth } from './rooms/system/health-metrics.ts';
import { createMetrics, type Metrics, measureCounts } from './runtime/metrics.ts';
import { dependenciesOf, type Parts } from './runtime/parts.ts';

export interface Rooms {
  readonly auth: AuthService;
  readonly users: UsersService;
  readonly audit: AuditLog;
  readonly health: HealthWatch;
  readonly metrics: Metrics;
  readonly pipelines: PipelinesService;
  readonly files: FilesService;
  readonly models: ModelsService;
  readonly maintenance: Maintenance;
  readonly rollups: Rollups;
  readonly serviceKey: ServiceKey;
  readonly streams: Streams;
}

export async function openRooms(parts: Parts): Promise<Rooms> {
  const { config, logger, platform, lifecycle, database, objects, bus, pool, duties } = parts;
  const { db } = database;
  const { clock, ids, random } = platform;
  const auth = await openAuthService({ database, clock, ids, config });
  lifecycle.onClose('expiry', startExpiry({ db, clock, duties, logger }));
  const pipelines = createPipelinesService({
    db,
    clock,
    ids,
    check: (definition) => checkPipeline(definition, pool.catalogue(), checkJsonSchema),
  });
  const files = createFilesService({ db, objects, clock, ids, limits: config.limits });
  lifecycle.onClose('sweep', startSweep({ db, objects, clock, duties, logger }));
  const maintenance = await openMaintenance({ database, pool, clock, logger });
  lifecycle.onClose('maintenance', maintenance.close);
  const models = createModelsService({ db, objects, pool, clock, logger });
  lifecycle.onClose('models', models.close);
  const notifications = await openNotifications({ db, bus, clock, random, logger, defaultUrl: config.notificationUrl });
  lifecycle.onClose('notifications', notifications.close);
  const rollups = startRollups({ db, clock, duties, logger });
  lifecycle.onClose('rollups', rollups.close);
  const serviceKey = await openServiceKey(database, config.dataDir, config.serviceKey);
  const { dataDir, video } = config;
  const needs = { database, objects, bus, pool, pipelines, duties, platform, logger, serviceKey: serviceKey.text, dataDir, video };
  const streams = await openStreams(needs);
  const metrics = createMetrics();
  measurePool(metrics, pool);
  measureStreams(metrics, streams.figures);
  measureCounts(metrics, 'imageflow_notifications', 'Notifications of failed executions, by state', () => countNotifications(db));
  const health = createHealthWatch(dependenciesOf(parts), clock);
  measureHealth(metrics, { health, db, dataDir: config.dataDir });
  return {
    auth,
    users: createUsersService({ db, clock, ids, sessions: auth.sessions }),
    audit: createAuditLog(db),
    health,
    metrics,
    pipelines,
    files,
    models,
    maintenance,
    rollups,
    serviceKey,
    streams,
  };
}

/** What runs executions: opened after the server and stopped before it, so that clients still hear how theirs end. */
export async function openEngine(
  kind: 'backend' | 'worker',
  parts: Parts,
  { files, pipelines, metrics }: Pick<Rooms, 'files' | 'pipelines' | 'metrics'>,
): Promise<Executions> {
  const { config, logger, platform, lifecycle, database, objects, bus, pool, duties, tracing } = parts;
  const executions = await openExecutions({
    database,
    bus,
    objects,
    pool,
    duties,
    checkSchema: checkJsonSchema,
    discard: files.discard,
    getPipeline: pipelines.get,
    metrics,
    tracing,
    logger,
    platform,
    settings: {
      kind,
      concurrency: config.concurrency,
      queueLimit: config.limits.queueLimit,
      drainMs: config.drainMs,
      retention: config.retention,
    },
  });
  lifecycle.onClose('executions', executions.close);
  measureCounts(metrics, 'imageflow_executions', 'Executions that wait or run, by status', executions.countUnfinished);
  return executions;
}
