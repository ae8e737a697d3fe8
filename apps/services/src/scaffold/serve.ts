/**
 * The scaffold all services share: one gRPC server with ProcessorService, the program's typed service, health in both forms and
 * reflection. States: starting → serving → draining (no new work, health NOT_SERVING, running calls finish) → closed.
 */
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { openTracing, type Tracing } from '@imageflow/adapters/tracing';
import { AppError, type ObjectStore } from '@imageflow/core';
import { createServer, loadPackage, loadServices, reflectable } from '@imageflow/grpc';
import { HealthImplementation, protoPath as healthProto } from 'grpc-health-check';
import type { Logger } from 'pino';
import { type CallParts, createLightCall, createWorkCall } from './calls.ts';
import type { ServiceConfig } from './config.ts';
import { describeProgram } from './describe.ts';
import { createGate } from './gate.ts';
import { createLoadMeter, type HealthStatus } from './health.ts';
import { createMetrics, openMetricsServer } from './metrics.ts';
import { type ProcessParts, processImage } from './process.ts';
import type { ServiceProgram, TypedRpcs } from './program.ts';
import { runTyped } from './typed.ts';

export interface RunningService {
  readonly host: string;
  readonly port: number;
  /** Undefined when no metrics port was asked for. */
  readonly metricsPort: number | undefined;
  /** Drains and closes; running calls past the drain limit are aborted. Safe to call twice. */
  close(): Promise<void>;
}

export interface ServeParts {
  readonly program: ServiceProgram;
  readonly objects: ObjectStore;
  readonly config: ServiceConfig;
  readonly log: Logger;
}

/** Resolves when the service answers. Throws when the port cannot be had. */
export async function openService(parts: ServeParts): Promise<RunningService> {
  const { program, config, log } = parts;
  const server = createServer(serverOptions);
  const gate = createGate(config);
  const stopping = new AbortController();
  const metrics = createMetrics(program.serviceName, gate);
  const meter = createLoadMeter(program.version, config.instanceId ?? `${program.serviceName}@${config.host}:${config.port}`);
  const health = new HealthImplementation({ '': 'SERVING', ...servingNames(program, 'SERVING') });
  let status: HealthStatus = 'SERVING';

  const tracing = await openServiceTracing(program, config);
  const calls: CallParts = { gate, meter, metrics, log, tracing, stopping: stopping.signal };
  addServices(server, parts, calls, () => status);
  health.addToServer(server);
  openReflection(program).addToServer(server);

  const metricsServer = config.metricsPort === undefined ? undefined : await openMetricsServer(config.host, config.metricsPort, metrics);
  const port = await bind(server, config.host, config.port);

  async function drainAndClose(): Promise<void> {
    status = 'DRAINING';
    for (const name of ['', ...Object.keys(servingNames(program, 'SERVING'))]) health.setStatus(name, 'NOT_SERVING');
    const isDrained = await within(Promise.all([gate.drain(), program.drain?.()]), config.drainMs);
    if (!isDrained) stopping.abort(new AppError('SHUTTING_DOWN', { retryAfterSeconds: 1 }));
    await shutdown(server);
    await metricsServer?.close();
    meter.close();
    await program.close();
    await tracing.close();
    log.info({ drained: isDrained }, 'service closed');
  }

  let closing: Promise<void> | undefined;
  return {
    host: config.host,
    port,
    metricsPort: metricsServer?.port,
    close() {
      closing ??= drainAndClose();
      return closing;
    },
  };
}

const serverOptions: grpc.ServerOptions = {
  // Nobody reads it, and every call is booked in it.
  'grpc.enable_channelz': 0,
  // A client that opens calls without end is held back by HTTP/2 itself.
  'grpc.max_concurrent_streams': 256,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
};

/** How long closing connections may take once no call is running, ms. */
const shutdownMs = 1_000;

function addServices(server: grpc.Server, parts: ServeParts, calls: CallParts, readStatus: () => HealthStatus): void {
  const { program, objects, config } = parts;
  const processing: ProcessParts = { program, objects, limits: config.limits };
  const rpcs: TypedRpcs = {
    server,
    limits: config.limits,
    work: (method, handle) => createWorkCall(method, handle, calls),
    light: (method, handle) => createLightCall(method, handle, calls),
    healthCheck: createLightCall(
      'HealthCheck',
      async () => calls.meter.report(readStatus(), calls.gate.running + calls.gate.waiting + (program.connections?.() ?? 0)),
      calls,
    ),
    ended(method, outcome, durationMs) {
      calls.metrics.callEnded(method, outcome, durationMs);
      if (outcome !== 'dropped') calls.meter.callEnded(durationMs, outcome !== 'ok');
    },
    runTyped: (call, context) => runTyped(call, processing, context),
  };
  server.addService(loadServices().ProcessorService.service, {
    Describe: rpcs.light('Describe', async () => describeProgram(program)),
    Process: rpcs.work('Process', (request, context) => processImage(request, processing, context)),
    HealthCheck: rpcs.healthCheck,
  });
  program.addTypedRpcs(rpcs);
}

function openServiceTracing(program: ServiceProgram, config: ServiceConfig): Promise<Tracing> {
  const { otlpUrl: url, traceRatio: ratio, host, port } = config;
  const instanceId = config.instanceId ?? `${host}:${port}`;
  return openTracing({ url, ratio, service: program.serviceName, version: program.version, instanceId });
}

function servingNames(program: ServiceProgram, status: 'SERVING'): Record<string, 'SERVING'> {
  return { 'imageflow.v1.ProcessorService': status, [`imageflow.v1.${program.serviceName}`]: status };
}

/** Lists what this program really serves, so that grpcurl offers nothing that would answer UNIMPLEMENTED. */
function openReflection(program: ServiceProgram): ReflectionService {
  const services = ['grpc.health.v1.Health', ...Object.keys(servingNames(program, 'SERVING'))];
  return new ReflectionService(reflectable(loadPackage(), loadSync(healthProto)), { services });
}

function bind(server: grpc.Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(new Error(`Cannot listen on ${host}:${port}: ${error.message}`, { cause: error }));
    });
  });
}

/** Watchers of grpc.health.v1 keep their streams open for ever, so the orderly shutdown has a limit. */
async function shutdown(server: grpc.Server): Promise<void> {
  await within(new Promise<void>((resolve) => server.tryShutdown(() => resolve())), shutdownMs);
  server.forceShutdown();
}

/** Whether `work` ended in time. */
async function within(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([work.then(() => true), limit]);
  } finally {
    clearTimeout(timer);
  }
}
