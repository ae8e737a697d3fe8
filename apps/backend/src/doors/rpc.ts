/** The backend's own gRPC server (port 50050): registration of service instances, health, reflection. */
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { createServer, loadPackage, reflectable } from '@imageflow/grpc';
import type { FastifyBaseLogger } from 'fastify';
import { HealthImplementation, protoPath as healthProto } from 'grpc-health-check';

export interface GrpcServer {
  readonly port: number;
  /** Answers what runs, takes nothing new. */
  close(): Promise<void>;
}

export interface GrpcServerNeeds {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly logger: FastifyBaseLogger;
  /** Each adds one service; its name, for the health check. */
  readonly services: readonly ((server: grpc.Server) => string)[];
}

/** How long running calls may take once the server stops, ms. */
const shutdownMs = 2_000;

/** @throws Error when the port cannot be had. */
export async function openGrpcServer({ host, port, logger, services }: GrpcServerNeeds): Promise<GrpcServer> {
  const server = createServer({ 'grpc.max_concurrent_streams': 256 });
  const names = services.map((add) => add(server));
  const health = new HealthImplementation(Object.fromEntries(['', ...names].map((name) => [name, 'SERVING' as const])));
  health.addToServer(server);
  const packages = reflectable(loadPackage(), loadSync(healthProto));
  new ReflectionService(packages, { services: [...names, 'grpc.health.v1.Health'] }).addToServer(server);
  const bound = await bind(server, host, port);
  logger.info({ host, port: bound, grpc_services: names }, 'gRPC server is ready');
  return {
    port: bound,
    async close() {
      for (const name of ['', ...names]) health.setStatus(name, 'NOT_SERVING');
      await shutDown(server);
    },
  };
}

function bind(server: grpc.Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else
        reject(
          new Error(`Cannot listen for gRPC on ${host}:${port}. Is another server running? Set IMAGEFLOW_GRPC_PORT`, { cause: error }),
        );
    });
  });
}

/** Watchers of grpc.health.v1 never end by themselves. */
function shutDown(server: grpc.Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.forceShutdown(), shutdownMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
