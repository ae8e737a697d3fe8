/** The HTTP server without its routes: plugins, limits, the error handler, what every request carries. */
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import type { Config } from '../config.ts';
import { addErrorHandler, answerClientError, sendProblem } from './errors/handler.ts';
import { recordMethods } from './errors/methods.ts';
import { addJsonParser } from './json-parser.ts';
import { addRequestContext, type Door } from './request-context.ts';
import { addRequestLog } from './request-log.ts';
import { socketServerOptions } from './socket.ts';

/** Tolerates a slow uploader but not one that sends nothing. */
const requestTimeoutMs = 10 * 60_000;
const connectionTimeoutMs = 120_000;

/** Routes are added with `register` and `registerSocket`; then `addMissingMethods`. */
export async function createApp(config: Config, logger: FastifyBaseLogger, door: Door): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.limits.maxBodyBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: connectionTimeoutMs,
    // Idle connections must not hold up a stop.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    requestIdHeader: false,
    // Some clients (Java's, curl --http2) offer HTTP/2 with every request: whoever does not speak it answers as if they had not.
    http: { shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket' },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
  });
  app.decorate('door', door);
  // Requests are parsed by `register`, all parts together; only answers use the framework's schemas.
  app.setValidatorCompiler(() => (value) => ({ value }));
  app.setSerializerCompiler(serializerCompiler);
  addRequestContext(app);
  addRequestLog(app);
  addErrorHandler(app);
  addJsonParser(app);
  recordMethods(app);
  await addPlugins(app, config);
  return app;
}

async function addPlugins(app: FastifyInstance, config: Config): Promise<void> {
  await app.register(helmet, {
    // The server also runs on plain HTTP in a plant's network; a gateway with TLS sets HSTS.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: config.corsOrigins.length > 0 ? 'cross-origin' : 'same-origin' },
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  if (config.corsOrigins.length > 0) {
    await app.register(cors, {
      origin: [...config.corsOrigins],
      exposedHeaders: ['ETag', 'Location', 'Link', 'Retry-After', 'Content-Disposition', 'traceparent'],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      maxAge: 600,
    });
  }
  await app.register(multipart, {
    limits: {
      fileSize: config.limits.maxFileBytes,
      files: config.limits.maxFiles,
      fields: 32,
      fieldSize: config.limits.maxBodyBytes,
      fieldNameSize: 100,
      headerPairs: 50,
    },
  });
  await app.register(websocket, { options: socketServerOptions });
}
