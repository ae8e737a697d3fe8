/** The composition root: parts, rooms, routes, in order of need, in plain calls. */
import type { Server } from '@grpc/grpc-js';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { createApp } from './doors/app.ts';
import { addMissingMethods } from './doors/errors/methods.ts';
import { openGrpcServer } from './doors/rpc.ts';
import { traceRequests } from './doors/tracing.ts';
import { registerAuthRoutes } from './rooms/accounts/auth.routes.ts';
import { registerJwks } from './rooms/accounts/jwks.routes.ts';
import { registerUserRoutes } from './rooms/accounts/users.routes.ts';
import { registerDocs } from './rooms/docs/docs.routes.ts';
import { registerDeadLetterRoutes } from './rooms/executions/dead-letters.routes.ts';
import { registerExecutionRoutes } from './rooms/executions/executions.routes.ts';
import { registerExecutionSocket } from './rooms/executions/executions.socket.ts';
import type { Executions } from './rooms/executions/open.ts';
import { registerFileRoutes } from './rooms/files/files.routes.ts';
import { registerModelRoutes } from './rooms/models/models.routes.ts';
import { loadPages, type Pages, registerPages } from './rooms/pages/pages.routes.ts';
import { registerInsightRoutes } from './rooms/performance/performance.routes.ts';
import { registerPipelineRoutes } from './rooms/pipelines/pipelines.routes.ts';
import { registerComponentRoutes } from './rooms/pool/components.routes.ts';
import { addRegistryService } from './rooms/pool/registry.rpc.ts';
import { registerServiceRoutes } from './rooms/pool/services.routes.ts';
import { registerArchiveRoutes } from './rooms/streams/archive.routes.ts';
import { registerCameraSocket } from './rooms/streams/camera.socket.ts';
import { addPipelineRegistry } from './rooms/streams/pipeline-registry.rpc.ts';
import { addStreamRelay } from './rooms/streams/relay/relay.rpc.ts';
import { registerStreamRoutes } from './rooms/streams/streams.routes.ts';
import { registerProbes } from './rooms/system/probes.routes.ts';
import { registerSystemRoutes } from './rooms/system/system.routes.ts';
import { registerSystemStatus } from './rooms/system/system.socket.ts';
import { openEngine, openRooms, type Rooms } from './rooms.ts';
import { advertisedAddress } from './runtime/advertise.ts';
import { createLifecycle } from './runtime/lifecycle.ts';
import { measureRequests } from './runtime/metrics.ts';
import { furnish, openParts, type Parts } from './runtime/parts.ts';
import { type Platform, systemPlatform } from './runtime/platform.ts';

export interface Backend {
  readonly app: FastifyInstance;
  /** Where the gRPC server listens already. */
  readonly grpcPort: number;
  /** Resolves when the services of the settings have described themselves, or with false when that takes longer. */
  settled(limitMs: number): Promise<boolean>;
  /** Stops taking work, lets running work end, closes everything in reverse order. Idempotent. */
  close(): Promise<void>;
}

/** Starts everything but the listening of HTTP; a start that fails closes what it had opened and rejects. */
export async function openBackend(config: Config, logger: Logger, platform: Platform = systemPlatform): Promise<Backend> {
  const lifecycle = createLifecycle(logger, config.drainMs);
  try {
    const parts = await openParts('backend', config, logger, platform, lifecycle);
    await furnish(parts);
    const rooms = await openRooms(parts);
    const app = await openApp(parts, rooms);
    const grpcPort = await openGrpc(parts, rooms);
    return { app, grpcPort, settled: parts.pool.settled, close: lifecycle.close };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

async function openApp(parts: Parts, rooms: Rooms): Promise<FastifyInstance> {
  const { config, logger, lifecycle, tracing } = parts;
  const { auth, audit, metrics } = rooms;
  const app = await createApp(config, logger, { authenticator: auth.authenticator, audit: audit.write });
  lifecycle.onClose('http', () => app.close());
  // Before the server, which waits for those who watch.
  lifecycle.onClose('streams', rooms.streams.close);
  const executions = await openEngine('backend', parts, rooms);
  traceRequests(app, tracing);
  measureRequests(app, metrics);
  registerRoutes(app, parts, { ...rooms, executions }, await loadPages(config.webDir));
  addMissingMethods(app);
  await app.ready();
  return app;
}

function registerRoutes(
  app: FastifyInstance,
  { config, platform, lifecycle, pool, objects, database: { db } }: Parts,
  rooms: Rooms & { readonly executions: Executions },
  pages: Pages | undefined,
): void {
  const { auth, users, audit, health, metrics, pipelines, files, models, maintenance, rollups, streams, executions } = rooms;
  const { clock } = platform;
  const { limits, timezone } = config;
  registerProbes(app, { health, metrics, isStopping: lifecycle.isClosing });
  registerJwks(app, auth.keys);
  registerDocs(app, { health, landingPath: pages === undefined ? '/' : '/server' });
  if (pages !== undefined) registerPages(app, pages);
  registerAuthRoutes(app, { auth, users });
  registerUserRoutes(app, { users, audit });
  registerSystemRoutes(app, { health, clock, timezone });
  registerPipelineRoutes(app, { pipelines });
  registerExecutionRoutes(app, { executions: executions.service, form: { files, clock, limits } });
  registerDeadLetterRoutes(app, { deadLetters: executions.deadLetters });
  registerExecutionSocket(app, { executions: executions.service, hub: executions.hub, lookout: executions.lookout, clock });
  registerFileRoutes(app, { files, clock, limits });
  registerComponentRoutes(app, { pool });
  registerServiceRoutes(app, { pool, maintenance });
  registerSystemStatus(app, { pool, health, clock });
  registerModelRoutes(app, { models, clock });
  registerStreamRoutes(app, streams);
  registerArchiveRoutes(app, { db, objects, service: streams.service });
  registerCameraSocket(app, { ...streams, clock });
  registerInsightRoutes(app, { db, pipelines, catalogue: pool.catalogue, rollups, clock, timezone });
}

/** Answers its port. */
async function openGrpc(parts: Parts, { auth, pipelines, serviceKey, streams }: Rooms): Promise<number> {
  const { config, logger, lifecycle, pool, roster } = parts;
  const needs = { pool, roster, pipelines, authenticator: auth.authenticator, serviceKey, logger };
  const stop = new AbortController();
  const services = [
    (server: Server) => addRegistryService(server, needs),
    (server: Server) => addPipelineRegistry(server, needs),
    (server: Server) => addStreamRelay(server, { find: streams.find, serviceKey, logger, signal: stop.signal }),
  ];
  const grpc = await openGrpcServer({ host: config.host, port: config.grpcPort, logger, services });
  lifecycle.onClose('grpc', () => {
    stop.abort();
    return grpc.close();
  });
  streams.reachedAt(advertisedAddress(config, grpc.port));
  return grpc.port;
}
