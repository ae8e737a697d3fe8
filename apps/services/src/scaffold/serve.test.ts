/** What every service promises at its front door. */
import { credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { identityTransform } from '@imageflow/core';
import {
  type DescribeResponse__Output,
  fromGrpcError,
  type HealthCheckResponse__Output,
  maxMessageBytes,
  type ProcessResponse__Output,
} from '@imageflow/grpc';
import { checkJsonSchema } from '@imageflow/schema/compiled';
import { protoPath as healthProto } from 'grpc-health-check';
import { afterEach, expect, test } from 'vitest';
import { openProgram as openFilter } from '../programs/filter.ts';
import { openProgram as openResize } from '../programs/resize.ts';
import { encode } from '../testing/files.ts';
import { createHeldProgram } from '../testing/held.ts';
import { gradient } from '../testing/pixels.ts';
import { openTestService, type TestService, unary } from '../testing/service.ts';
import type { ServiceComponent } from './component.ts';
import type { OpenProgram } from './program.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(...parts: Parameters<typeof openTestService>): Promise<TestService> {
  const service = await openTestService(...parts);
  closers.push(service.close);
  return service;
}

const describeService = ({ processor }: TestService) =>
  unary<DescribeResponse__Output>((metadata, options, done) => processor.Describe({}, metadata, options, done));
const checkHealth = ({ processor }: TestService) =>
  unary<HealthCheckResponse__Output>((metadata, options, done) => processor.HealthCheck({}, metadata, options, done));
const process = ({ processor }: TestService, request: object, deadlineMs?: number) =>
  unary<ProcessResponse__Output>(
    (metadata, options, done) => processor.Process(request, metadata, options, done),
    deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs },
  );
const image = { input_bytes: { data: Buffer.from([9, 9, 9]), format: 'RAW', width: 1, height: 1 } };

test('it describes its components with schemas that accept an empty object, labelled in two languages', async () => {
  for (const [kind, program] of [
    ['resize', openResize],
    ['filter', openFilter],
  ] as const) {
    const { components } = await describeService(await open(kind, program));
    expect(components.length).toBeGreaterThan(0);
    for (const { label, parameters_schema_json } of components) {
      expect(label?.ja).toBeTruthy();
      expect(label?.en).toBeTruthy();
      expect(checkJsonSchema(JSON.parse(parameters_schema_json), {})).toEqual([]);
    }
  }
});

test('it tells its load, and counts calls by outcome', async () => {
  const service = await open('resize', openResize);
  await process(service, { component: 'ResizeService.Resize', ...image });
  await process(service, { component: 'ResizeService.Enlarge', ...image }).catch(() => {});
  const health = await checkHealth(service);
  expect(health).toMatchObject({ status: 'SERVING', connections: 0, calls_completed: 1, calls_failed: 1 });
  expect(health.memory_usage_mb).toBeGreaterThan(10);
  expect(health.response_time_ms).toBeGreaterThan(0);
});

test('it answers the standard health check for itself and each of its services', async () => {
  const service = await open('filter', openFilter);
  const proto = loadPackageDefinition(loadSync(healthProto)) as unknown as HealthProto;
  const client = new proto.grpc.health.v1.Health(service.address, credentials.createInsecure());
  closers.push(async () => client.close());
  const check = (name: string) =>
    new Promise((resolve) => client.check({ service: name }, (error, answer) => resolve(error?.code ?? answer?.status)));
  expect(await check('')).toBe(1);
  expect(await check('imageflow.v1.ProcessorService')).toBe(1);
  expect(await check('imageflow.v1.FilterService')).toBe(1);
  expect(await check('imageflow.v1.ResizeService')).toBe(status.NOT_FOUND);
});

interface HealthProto {
  grpc: { health: { v1: { Health: new (address: string, creds: unknown) => HealthClient } } };
}
interface HealthClient {
  check(request: { service: string }, done: (error: { code: number } | null, answer?: { status: number }) => void): void;
  close(): void;
}

test('an unknown component and faulty parameters are refused with their names', async () => {
  const service = await open('resize', openResize);
  const unknown = fromGrpcError(await process(service, { component: 'ResizeService.Enlarge', ...image }).catch((error) => error));
  expect(unknown).toMatchObject({ code: 'NOT_FOUND', retryable: false });
  expect(unknown.detail.en).toContain('ResizeService.Resize');

  const parameters_json = JSON.stringify({ target_width: 0, mode: 'fit' });
  const faulty = fromGrpcError(
    await process(service, { component: 'ResizeService.Resize', parameters_json, ...image }).catch((error) => error),
  );
  expect(faulty.code).toBe('VALIDATION_ERROR');
  expect(faulty.faults.map((fault) => fault.field).sort()).toEqual(['parameters.mode', 'parameters.target_width']);

  const none = fromGrpcError(await process(service, { component: 'ResizeService.Resize' }).catch((error) => error));
  expect(none).toMatchObject({ code: 'VALIDATION_ERROR', faults: [{ field: 'input_image' }] });
});

test('a message of 5 MB works, and one above 64 MiB is refused with the limit named while the service lives', async () => {
  const service = await open('resize', openResize);
  const side = 1300;
  const raw = { data: Buffer.alloc(side * side * 3, 90), format: 'RAW', width: side, height: side };
  const answer = await process(service, { component: 'ResizeService.Resize', input_bytes: raw, inline_handover: true });
  expect(answer.handover_bytes).toMatchObject({ width: side, height: side, format: 'RAW' });
  expect(answer.handover_bytes?.data.length).toBe(side * side * 3);

  const large = { data: Buffer.alloc(maxMessageBytes + 1), format: 'JPEG' };
  const error = await process(service, { component: 'ResizeService.Resize', input_bytes: large }).catch((thrown) => thrown);
  expect(error.code).toBe(status.RESOURCE_EXHAUSTED);
  expect(error.details).toContain(String(maxMessageBytes));
  expect((await checkHealth(service)).status).toBe('SERVING');
});

test('an answer above 64 MiB is refused in words, not by a broken connection', async () => {
  const service = await open('resize', openResize);
  const parameters_json = JSON.stringify({ target_width: 6000, target_height: 6000, resize_mode: 'stretch' });
  const request = { component: 'ResizeService.Resize', parameters_json, ...image, inline_handover: true };
  const error = fromGrpcError(await process(service, request).catch((thrown) => thrown));
  expect(error).toMatchObject({ code: 'TOO_LARGE', retryable: false });
  expect(error.detail.en).toContain('by reference');
});

test('a deadline ends the wait at once and tells the work to stop', async () => {
  const held = createHeldProgram();
  const service = await open('resize', held.open);
  const startedAt = performance.now();
  const error = fromGrpcError(await process(service, { component: 'HeldService.Hold', ...image }, 100).catch((thrown) => thrown));
  expect(error.code).toBe('STEP_TIMEOUT');
  expect(performance.now() - startedAt).toBeLessThan(1000);
  await aborted(held.inside[0]);
  held.releaseAll();
});

test('a caller that hangs up tells the work to stop', async () => {
  const held = createHeldProgram();
  const service = await open('resize', held.open);
  const call = service.processor.Process({ component: 'HeldService.Hold', ...image }, () => {});
  await held.entered(1);
  call.cancel();
  await aborted(held.inside[0]);
  expect(held.inside[0]?.reason).toMatchObject({ code: 'CANCELLED' });
  held.releaseAll();
});

test('past its places and its line it says that it is busy', async () => {
  const held = createHeldProgram();
  const service = await open('resize', held.open, { IMAGEFLOW_CONCURRENCY: '1', IMAGEFLOW_WAITING_LIMIT: '1' });
  const hold = () => process(service, { component: 'HeldService.Hold', ...image });
  const first = hold();
  await held.entered(1);
  const others = [hold(), hold()].map((call) =>
    call.then(
      () => 'done',
      (error) => fromGrpcError(error).code,
    ),
  );
  expect(await Promise.race(others)).toBe('QUEUE_FULL');
  expect((await checkHealth(service)).connections).toBe(2);
  held.releaseAll();
  await first;
  expect((await Promise.all(others)).sort()).toEqual(['QUEUE_FULL', 'done']);
});

test('closing lets running calls finish, refuses new ones and says so in its health', async () => {
  const held = createHeldProgram();
  const service = await open('resize', held.open);
  const running = process(service, { component: 'HeldService.Hold', ...image });
  await held.entered(1);
  const closed = service.service.close();
  const late = fromGrpcError(await process(service, { component: 'HeldService.Hold', ...image }).catch((error) => error));
  expect(late).toMatchObject({ code: 'SHUTTING_DOWN', retryable: true });
  expect((await checkHealth(service)).status).toBe('DRAINING');
  held.releaseAll();
  expect((await running).result?.status).toBe('PROCESSING_STATUS_COMPLETED');
  await closed;
});

test('a call that has ended hears nothing of the stop: a service that ran for months would still know all its calls', async () => {
  const held = createHeldProgram();
  const signals: AbortSignal[] = [];
  const withQuick: OpenProgram = async (parts) => {
    const program = await held.open(parts);
    const [hold] = program.components.values();
    if (hold === undefined) throw new Error('no component');
    const quick: ServiceComponent = {
      description: { ...hold.description, method: 'Quick' },
      async run({ detections }, signal) {
        signals.push(signal);
        signal.addEventListener('abort', () => undefined);
        return { image: undefined, detections, transform: identityTransform(1, 1), measures: {}, model: undefined, attributes: {} };
      },
    };
    return { ...program, components: new Map([...program.components, ['Quick', quick]]) };
  };
  const service = await open('resize', withQuick, { IMAGEFLOW_DRAIN_MS: '50' });
  await process(service, { component: 'HeldService.Quick', ...image });
  const running = process(service, { component: 'HeldService.Hold', ...image });
  await held.entered(1);
  await Promise.all([service.close(), expect(running).rejects.toBeDefined()]);
  expect([held.inside[0]?.aborted, signals[0]?.aborted]).toEqual([true, false]);
  held.releaseAll();
});

test('closing waits only so long for a call that does not end', async () => {
  const held = createHeldProgram();
  const service = await open('resize', held.open, { IMAGEFLOW_DRAIN_MS: '50' });
  const stuck = process(service, { component: 'HeldService.Hold', ...image }).catch((error) => fromGrpcError(error).code);
  await held.entered(1);
  await service.service.close();
  expect(await stuck).toBe('SHUTTING_DOWN');
  held.releaseAll();
});

test('metrics count calls by method and outcome', async () => {
  const service = await open('resize', openResize, { IMAGEFLOW_METRICS_PORT: '0' });
  await process(service, { component: 'ResizeService.Resize', input_bytes: { data: await encode(gradient(8, 8), 'png') } });
  const answer = await fetch(`http://127.0.0.1:${service.service.metricsPort}/metrics`);
  expect(await answer.text()).toMatch(/imageflow_service_call_seconds_count\{[^}]*method="Process",outcome="ok"[^}]*\} 1/);
});

async function aborted(signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) throw new Error('The call has not been inside');
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
