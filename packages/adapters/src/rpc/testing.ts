/** Small services of their own and pools that call them, for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { AppError, type Clock, type ObjectStore, type StepCall } from '@imageflow/core';
import { createServer, loadServices, type ProcessorServiceHandlers } from '@imageflow/grpc';
import { openObjects } from '../objects/index.ts';
import { openServicePool, type ServicePool, type ServicePoolOptions } from './index.ts';

export type Process = ProcessorServiceHandlers['Process'];

export interface TestService {
  readonly address: string;
  readonly calls: () => number;
  /** Its connections drop, as when the process is killed. */
  kill(): void;
}

export interface PoolLab {
  readonly objects: ObjectStore;
  /** A whole, if small, service: one component, "TestService.Work". */
  serve(process?: Process, port?: number, overrides?: Partial<ProcessorServiceHandlers>, host?: string): Promise<TestService>;
  openPool(services: readonly TestService[], options?: Partial<ServicePoolOptions>): Promise<ServicePool>;
  /** All its services have described themselves. */
  openSettledPool(services: readonly TestService[], options?: Partial<ServicePoolOptions>): Promise<ServicePool>;
  close(): Promise<void>;
}

export const clock: Clock = {
  now: () => Date.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};

export const answerAtOnce: Process = (_call, callback) => callback(null, { result: { status: 'PROCESSING_STATUS_COMPLETED' } });

export const call: StepCall = {
  executionId: 'e1',
  stepId: 's1',
  attempt: 1,
  component: 'TestService.Work',
  image: { key: 'uploads/1', contentType: 'image/jpeg', sizeBytes: 10, width: 640, height: 480 },
  parameters: { strength: 2 },
  detections: [],
  transform: undefined,
  handoverKey: undefined,
  output: undefined,
  timeoutMs: 5_000,
  traceparent: undefined,
};

export const never = new AbortController().signal;

export async function openPoolLab(): Promise<PoolLab> {
  const folder = await mkdtemp(join(tmpdir(), 'imageflow-pool-'));
  const objects = await openObjects(`folder:${folder}`);
  const closers: (() => void)[] = [];

  async function openPool(services: readonly TestService[], options: Partial<ServicePoolOptions> = {}): Promise<ServicePool> {
    const pool = await openServicePool({
      addresses: services.map(({ address }) => ({ service: 'TestService', address })),
      clock,
      random: Math.random,
      objects,
      logger: { info: () => {}, warn: () => {} },
      ...options,
    });
    closers.push(() => pool.close());
    return pool;
  }

  return {
    objects,
    async serve(process = answerAtOnce, port = 0, overrides = {}, host = '127.0.0.1') {
      let calls = 0;
      const server = await listen(`${host}:${port}`, {
        ...describing,
        Process: (incoming, callback) => {
          calls += 1;
          process(incoming, callback);
        },
        ...overrides,
      });
      closers.push(server.kill);
      return { address: `${host}:${server.port}`, calls: () => calls, kill: server.kill };
    },
    openPool,
    async openSettledPool(services, options) {
      const pool = await openPool(services, options);
      if (!(await pool.settled(5_000))) throw new Error('The services did not describe themselves within 5 s');
      return pool;
    },
    async close() {
      for (const close of closers.splice(0).reverse()) close();
      await objects.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const describing: Pick<ProcessorServiceHandlers, 'Describe' | 'HealthCheck'> = {
  Describe: (_call, callback) =>
    callback(null, {
      service_name: 'TestService',
      version: '1',
      components: [{ method: 'Work', label: { ja: '作業', en: 'Work' }, parameters_schema_json: '{"type":"object"}' }],
    }),
  HealthCheck: (_call, callback) => callback(null, { status: 'SERVING', version: '1', cpu_usage: 12.5, uptime_seconds: 5 }),
};

async function listen(address: string, handlers: ProcessorServiceHandlers): Promise<{ readonly port: number; kill(): void }> {
  const server = createServer();
  server.addService(loadServices().ProcessorService.service, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  return { port, kill: () => server.forceShutdown() };
}

export function createEvent(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'ok',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
}

/** Waits for a change of the pool, not for time. */
export function until(pool: ServicePool, isTrue: () => boolean): Promise<void> {
  if (isTrue()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = pool.subscribe(() => {
      if (!isTrue()) return;
      stop();
      resolve();
    });
  });
}

export const instances = (pool: ServicePool) => pool.snapshot().services.flatMap((service) => service.instances);
