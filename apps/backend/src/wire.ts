/** The composition root: everything the backend is made of, in order of need, in plain calls. */
import { mkdir } from 'node:fs/promises';
import type { Server } from '@grpc/grpc-js';
import { openBus } from '@imageflow/adapters/bus';
import { type Database, openDatabase } from '@imageflow/adapters/database';
import { openObjects } from '@imageflow/adapters/objects';
import { openServicePool, type ServicePool } from '@imageflow/adapters/rpc';
import { checkJsonSchema } from '@imageflow/api/schema';
import { AppError, type Bus, checkPipeline, type ObjectStore, type PipelineDefinition, parseDefinition } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { registerAuthRoutes } from './auth/auth.routes.ts';
import { type AuthService, openAuthService } from './auth/auth.service.ts';
import { startExpiry } from './auth/expiry.ts';
import { ensureFirstAdmin, firstLoginFile } from './auth/first-login.ts';
import { registerJwks } from './auth/jwks.routes.ts';
import { settleLocalUser } from './auth/local-user.ts';
import { registerComponentRoutes } from './components/components.routes.ts';
import type { Config } from './config.ts';
import { registerDocs } from './docs/docs.routes.ts';
import { addMissingMethods } from './errors/methods.ts';
import { registerExecutionRoutes } from './executions/executions.routes.ts';
import { registerExecutionSocket } from './executions/executions.socket.ts';
import { openExecutions } from './executions/open.ts';
import { registerFileRoutes } from './files/files.routes.ts';
import { createFilesService } from './files/files.service.ts';
import { startSweep } from './files/sweep.ts';
import { openGrpcServer } from './grpc.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import { registerModelRoutes } from './models/models.routes.ts';
import { createModelsService } from './models/models.service.ts';
import { openNotifications } from './notifications/notifications.service.ts';
import { registerPipelineRoutes } from './pipelines/pipelines.routes.ts';
import { createPipelinesService } from './pipelines/pipelines.service.ts';
import { samplePipelines } from './pipelines/samples.ts';
import { seedPipelines } from './pipelines/seed.ts';
import { type Platform, systemPlatform } from './platform.ts';
import { openMaintenance } from './services/maintenance.ts';
import { addRegistryService } from './services/registry.rpc.ts';
import { openServiceKey } from './services/service-key.ts';
import { registerServiceRoutes } from './services/services.routes.ts';
import { registerSystemStatus } from './services/system-status.ts';
import { createAuditLog } from './system/audit.ts';
import { loadComponents, rememberComponents } from './system/components.ts';
import { createHealthWatch, type Dependency } from './system/health.ts';
import { createMetrics, measureQueue, measureRequests } from './system/metrics.ts';
import { measurePool } from './system/pool-metrics.ts';
import { registerProbes } from './system/probes.routes.ts';
import { registerSystemRoutes } from './system/system.routes.ts';
import { registerUserRoutes } from './users/users.routes.ts';
import { createUsersService } from './users/users.service.ts';

export interface Backend {
  readonly app: FastifyInstance;
  /** Where the gRPC server listens already. */
  readonly grpcPort: number;
  /** Resolves when the services of the settings have described themselves, or with false when that takes longer. */
  settled(limitMs: number): Promise<boolean>;
  /** Stops taking work, lets running work end, closes everything in reverse order. Idempotent. */
  close(): Promise<void>;
}

/** Starts everything but the listening; a start that fails closes what it had opened and rejects. */
export async function openBackend(config: Config, logger: Logger, platform: Platform = systemPlatform): Promise<Backend> {
  const lifecycle = createLifecycle(logger, config.drainMs);
  try {
    const parts = await openParts(config, logger, platform, lifecycle);
    const app = await openApp(config, logger, platform, parts, lifecycle);
    const grpcPort = await openGrpc(config, logger, parts, lifecycle);
    return { app, grpcPort, settled: parts.pool.settled, close: lifecycle.close };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

/** What the rooms stand on. */
interface Parts {
  readonly database: Database;
  readonly objects: ObjectStore;
  readonly bus: Bus;
  readonly pool: ServicePool;
  readonly auth: AuthService;
}

async function openParts(config: Config, logger: Logger, platform: Platform, lifecycle: Lifecycle): Promise<Parts> {
  const { clock, ids, random } = platform;
  await mkdir(config.dataDir, { recursive: true });
  const database = await openDatabase(config.databaseUrl, { logger });
  lifecycle.onClose('database', () => database.close());
  const objects = await openObjects(config.objectsUrl);
  lifecycle.onClose('objects', () => objects.close());
  const bus = await openBus(config.busUrl, { db: database.db, clock, logger });
  lifecycle.onClose('bus', () => bus.close());
  const remembered = await loadComponents(database.db);
  const { services: addresses, balancing } = config;
  const pool = await openServicePool({ addresses, balancing, clock, random, objects, logger, remembered });
  lifecycle.onClose('components', rememberComponents(pool, database.db, logger));
  lifecycle.onClose('pool', () => pool.close());
  const auth = await openAuthService({ db: database.db, clock, ids, config });
  lifecycle.onClose('expiry', startExpiry(database.db, clock, logger));
  const notifications = await openNotifications({ db: database.db, bus, clock, random, logger, defaultUrl: config.notificationUrl });
  lifecycle.onClose('notifications', () => notifications.close());
  await furnish(database, config, platform, logger);
  return { database, objects, bus, pool, auth };
}

/** What a new installation starts with. */
async function furnish({ db }: Database, config: Config, { ids }: Platform, logger: Logger): Promise<void> {
  if ((await ensureFirstAdmin(db, ids, config)) && config.adminPassword === undefined) {
    logger.info({ event: 'first_login', file: firstLoginFile(config.dataDir) }, 'the first password is in this file');
  }
  await settleLocalUser(db, ids, config.localPassword);
  const seeded = await seedPipelines(db, ids, samplePipelines.map(parseDefinition));
  if (seeded > 0) logger.info({ event: 'seeded', pipelines: seeded }, 'sample pipelines are stored');
}

async function openApp(config: Config, logger: Logger, platform: Platform, parts: Parts, lifecycle: Lifecycle): Promise<FastifyInstance> {
  const { clock, ids } = platform;
  const { database, pool, auth } = parts;
  const { db } = database;
  const audit = createAuditLog(db);
  const users = createUsersService({ db, clock, ids, sessions: auth.sessions });
  const check = (definition: PipelineDefinition) => checkPipeline(definition, pool.catalogue(), checkJsonSchema);
  const pipelines = createPipelinesService({ db, clock, ids, check });
  const { objects } = parts;
  const files = createFilesService({ db, objects, clock, ids, limits: config.limits });
  lifecycle.onClose('sweep', startSweep({ db, objects, clock, logger }));
  const health = createHealthWatch(dependencies(config, parts), clock);
  const metrics = createMetrics();
  const maintenance = await openMaintenance({ db, pool });
  lifecycle.onClose('maintenance', maintenance.close);
  const models = createModelsService({ db, objects: parts.objects, pool, clock, logger });
  lifecycle.onClose('models', models.close);

  const app = await createApp(config, logger, { authenticator: auth.authenticator, audit: audit.write });
  lifecycle.onClose('http', () => app.close());
  const { bus } = parts;
  const executions = await openExecutions({
    database,
    bus,
    objects,
    pool,
    checkSchema: checkJsonSchema,
    discard: files.discard,
    getPipeline: pipelines.get,
    metrics,
    logger,
    platform,
    settings: { kind: 'backend', concurrency: config.concurrency, queueLimit: config.limits.queueLimit, drainMs: config.drainMs },
  });
  lifecycle.onClose('executions', executions.close);
  measureQueue(metrics, executions.countUnfinished);
  measureRequests(app, metrics);
  measurePool(metrics, pool);
  registerProbes(app, { health, metrics, isStopping: lifecycle.isClosing });
  registerJwks(app, auth.keys);
  registerAuthRoutes(app, { auth, users });
  registerUserRoutes(app, { users, audit });
  registerSystemRoutes(app, { health, clock, timezone: config.timezone });
  registerPipelineRoutes(app, { pipelines });
  registerExecutionRoutes(app, { executions: executions.service, form: { files, clock, limits: config.limits } });
  registerExecutionSocket(app, { executions: executions.service, hub: executions.hub, clock });
  registerFileRoutes(app, { files, clock, limits: config.limits });
  registerComponentRoutes(app, { pool });
  registerServiceRoutes(app, { pool, maintenance });
  registerSystemStatus(app, { pool, health, clock });
  registerModelRoutes(app, { models });
  registerDocs(app, { health, documents: {} });
  addMissingMethods(app);
  await app.ready();
  return app;
}

/** Answers its port. */
async function openGrpc(config: Config, logger: Logger, { pool, auth }: Parts, lifecycle: Lifecycle): Promise<number> {
  const serviceKey = await openServiceKey(config.dataDir, config.serviceKey);
  const needs = { pool, authenticator: auth.authenticator, serviceKey, logger };
  const services = [(server: Server) => addRegistryService(server, needs)];
  const grpc = await openGrpcServer({ host: config.host, port: config.grpcPort, logger, services });
  lifecycle.onClose('grpc', () => grpc.close());
  return grpc.port;
}

function dependencies(config: Config, { database, objects, bus, pool }: Parts): readonly Dependency[] {
  const services = [...new Set(config.services.map((entry) => entry.service))];
  return [
    { name: 'database', kind: database.kind, isRequired: true, check: () => database.check() },
    { name: 'objects', kind: objects.kind, isRequired: true, check: () => objects.check() },
    { name: 'bus', kind: bus.kind, isRequired: false, check: () => bus.check() },
    ...services.map((name) => ({ name, kind: 'grpc', isRequired: false, check: () => checkService(pool, name) })),
  ];
}

async function checkService(pool: ServicePool, name: string): Promise<void> {
  if (pool.availability(name) === 'unavailable') throw new AppError('SERVICE_UNAVAILABLE');
}
