import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadServices, maxMessageBytes, type ProcessorServiceHandlers, toGrpcError } from '@imageflow/api/grpc';
import { AppError, type Clock, type ObjectStore, type StepCall } from '@imageflow/core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openObjects } from '../objects/index.ts';
import { openServicePool, type ServicePool, type ServicePoolOptions } from './index.ts';

const clock: Clock = {
  now: () => Date.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};

type Process = ProcessorServiceHandlers['Process'];
interface TestService {
  readonly address: string;
  readonly calls: () => number;
  /** Its connections drop, as when the process is killed. */
  kill(): void;
}

let folder: string;
let objects: ObjectStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-pool-'));
  objects = await openObjects(`folder:${folder}`);
});
afterAll(async () => {
  await objects.close();
  await rm(folder, { recursive: true, force: true });
});

const closers: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const answerAtOnce: Process = (_call, callback) => callback(null, { result: { status: 'PROCESSING_STATUS_COMPLETED' } });

/** A whole, if small, service: one component, "TestService.Work". */
async function serve(
  process: Process = answerAtOnce,
  port = 0,
  overrides: Partial<ProcessorServiceHandlers> = {},
  host = '127.0.0.1',
): Promise<TestService> {
  const server = new grpc.Server({ 'grpc.max_receive_message_length': maxMessageBytes, 'grpc.max_send_message_length': maxMessageBytes });
  let calls = 0;
  const handlers: ProcessorServiceHandlers = {
    Describe: (_call, callback) =>
      callback(null, {
        service_name: 'TestService',
        version: '1',
        components: [{ method: 'Work', label: { ja: '作業', en: 'Work' }, parameters_schema_json: '{"type":"object"}' }],
      }),
    HealthCheck: (_call, callback) => callback(null, { status: 'SERVING', version: '1', cpu_usage: 12.5, uptime_seconds: 5 }),
    Process: (call, callback) => {
      calls += 1;
      process(call, callback);
    },
    ...overrides,
  };
  server.addService(loadServices().ProcessorService.service, handlers);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, grpc.ServerCredentials.createInsecure(), (error, number) =>
      error === null ? resolve(number) : reject(error),
    );
  });
  closers.push(() => server.forceShutdown());
  return { address: `${host}:${bound}`, calls: () => calls, kill: () => server.forceShutdown() };
}

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

async function openSettledPool(services: readonly TestService[], options: Partial<ServicePoolOptions> = {}): Promise<ServicePool> {
  const pool = await openPool(services, options);
  expect(await pool.settled(5_000)).toBe(true);
  return pool;
}

const call: StepCall = {
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

const never = new AbortController().signal;

function createEvent(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'ok',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
}

/** Waits for a change of the pool, not for time. */
function until(pool: ServicePool, isTrue: () => boolean): Promise<void> {
  if (isTrue()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = pool.subscribe(() => {
      if (!isTrue()) return;
      stop();
      resolve();
    });
  });
}

const instances = (pool: ServicePool) => pool.snapshot().services.flatMap((service) => service.instances);

test('an instance is used as soon as it has described itself', async () => {
  const pool = await openSettledPool([await serve()]);
  expect(pool.catalogue().get('TestService.Work')).toMatchObject({
    label: { ja: '作業', en: 'Work' },
    default_timeout_ms: 30_000,
    default_retry_count: 2,
    category: 'other',
  });
  const answer = await pool.invoker.invoke(call, never);
  expect(answer).toMatchObject({ instanceId: 'test-1', detections: [], transform: { a: 1, d: 1, original_width: 640 } });
  expect(instances(pool)[0]).toMatchObject({ status: 'active', cpuUsage: 12.5, calls: { completed: 1, failed: 0 }, connections: 0 });
});

test('the whole call arrives, and the whole answer', async () => {
  const seen: unknown[] = [];
  const service = await serve((incoming, callback) => {
    seen.push(incoming.request, incoming.metadata.get('traceparent'), Number(incoming.getDeadline()) - Date.now());
    callback(null, {
      result: { processing_time_seconds: 0.012, output_image: { object_key: 'out.jpg', content_type: 'image/jpeg', width: 2, height: 3 } },
      detections: [{ class_name: 'scratch', confidence: 0.92, bbox: { x: 10, y: 20, width: 5, height: 6 } }],
      transform: { a: 0.5, d: 0.5, original_width: 640, original_height: 480 },
      measures: { sharpness: 3.5 },
      model: { name: 'm', sha256: 'ff', license: 'MIT', adapter: 'yolo11' },
      attributes_json: '{"top":[1]}',
    });
  });
  const pool = await openSettledPool([service]);
  const transform = { a: 0.5, b: 0, tx: 0, c: 0, d: 0.5, ty: 0, original_width: 640, original_height: 480 };
  const answer = await pool.invoker.invoke(
    { ...call, transform, output: { key: 'out.jpg', format: 'jpeg', quality: 80 }, traceparent: '00-aa-bb-01' },
    never,
  );
  expect(seen[0]).toMatchObject({
    component: 'TestService.Work',
    parameters_json: '{"strength":2}',
    input_image: { object_key: 'uploads/1', width: 640 },
    output: { object_key: 'out.jpg', format: 'jpeg', quality: 80 },
    handover: null,
    transform,
    execution_id: 'e1',
  });
  expect(seen[1]).toEqual(['00-aa-bb-01']);
  expect(seen[2]).toBeGreaterThan(4_000);
  expect(answer.detections).toEqual([
    {
      class_name: 'scratch',
      class_id: 0,
      confidence: 0.92,
      bbox: { x: 10, y: 20, width: 5, height: 6 },
      bbox_original: { x: 20, y: 40, width: 10, height: 12 },
    },
  ]);
  expect(answer).toMatchObject({
    output: { key: 'out.jpg', width: 2, height: 3 },
    measures: { sharpness: 3.5 },
    model: { name: 'm' },
    attributes: { top: [1] },
    serviceMs: 12,
  });
});

test('a service’s own error arrives as it is, and says nothing against the instance', async () => {
  const fault = new AppError('IMAGE_BROKEN', { detail: { ja: '途中で切れています', en: 'It is cut off' } });
  const pool = await openSettledPool([await serve((_call, callback) => callback(toGrpcError(fault)))]);
  for (let count = 0; count < 6; count += 1) {
    await expect(pool.invoker.invoke(call, never)).rejects.toMatchObject({ code: 'IMAGE_BROKEN', detail: fault.detail, retryable: false });
  }
  expect(instances(pool)[0]).toMatchObject({ status: 'active', breaker: { state: 'closed', failures: 0 } });
});

test('five faults in a row open the breaker, and then nothing is called', async () => {
  const service = await serve((_call, callback) => callback({ code: grpc.status.INTERNAL, details: 'bug' }));
  const pool = await openSettledPool([service]);
  const codes = [];
  for (let count = 0; count < 7; count += 1) codes.push(await codeOf(pool.invoker.invoke(call, never)));
  expect(codes).toEqual([...Array(5).fill('SERVICE_FAULT'), 'SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE']);
  expect(service.calls()).toBe(5);
  expect(instances(pool)[0]).toMatchObject({ status: 'unavailable', breaker: { state: 'open', failures: 5 } });
  await expect(pool.invoker.invoke(call, never)).rejects.toMatchObject({ retryable: true, retryAfterSeconds: expect.any(Number) });
});

test('without any instance of the AI service its own code is answered', async () => {
  const pool = await openPool([]);
  await expect(pool.invoker.invoke({ ...call, component: 'AIDetectionService.Detect' }, never)).rejects.toMatchObject({
    code: 'AI_SERVICE_UNAVAILABLE',
    retryAfterSeconds: 10,
  });
});

test('the deadline ends a call that hangs, on both sides', async () => {
  let isCancelled: Promise<void> | undefined;
  const service = await serve((incoming) => {
    isCancelled = new Promise((resolve) => incoming.once('cancelled', resolve));
  });
  const pool = await openSettledPool([service]);
  const startedAt = performance.now();
  expect(await codeOf(pool.invoker.invoke({ ...call, timeoutMs: 150 }, never))).toBe('STEP_TIMEOUT');
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  await isCancelled;
});

test('an abort cancels the work in the service and leaves the instance as it was', async () => {
  const arrived = createEvent();
  const cancelled = createEvent();
  const service = await serve((incoming) => {
    incoming.once('cancelled', () => cancelled.resolve());
    arrived.resolve();
  });
  const pool = await openSettledPool([service]);
  const controller = new AbortController();
  const outcome = codeOf(pool.invoker.invoke(call, controller.signal));
  await arrived.promise;
  controller.abort();
  expect(await outcome).toBe('CANCELLED');
  await cancelled.promise;
  expect(instances(pool)[0]).toMatchObject({ status: 'active', connections: 0, breaker: { failures: 0 } });
});

test('five megabytes pass both ways', async () => {
  const big = 'x'.repeat(5 * 1024 * 1024);
  const service = await serve((incoming, callback) => callback(null, { result: {}, attributes_json: incoming.request.parameters_json }));
  const pool = await openSettledPool([service]);
  const answer = await pool.invoker.invoke({ ...call, parameters: { big } }, never);
  expect(answer.attributes.big).toHaveLength(big.length);
});

test('calls are spread over the instances', async () => {
  const services = await Promise.all([serve(), serve()]);
  const pool = await openSettledPool(services);
  for (let count = 0; count < 10; count += 1) await pool.invoker.invoke(call, never);
  expect(services.map((service) => service.calls())).toEqual([5, 5]);
});

test('when an instance dies its call can be repeated at once and reaches the other', async () => {
  const hanging = createEvent();
  const [dying, other] = await Promise.all([serve(() => hanging.resolve()), serve()]);
  const pool = await openSettledPool([dying, other]);
  const lost = pool.invoker.invoke(call, never);
  await hanging.promise;
  dying.kill();
  await expect(lost).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
  for (let count = 0; count < 8; count += 1) expect((await pool.invoker.invoke(call, never)).instanceId).toBe('test-2');
  await until(pool, () => instances(pool)[0]?.status === 'unavailable');
});

test('an instance that comes back is used again', async () => {
  const service = await serve();
  const pool = await openSettledPool([service]);
  service.kill();
  expect(await codeOf(pool.invoker.invoke(call, never))).toBe('SERVICE_UNAVAILABLE');
  await until(pool, () => instances(pool)[0]?.status === 'unavailable');
  await serve(answerAtOnce, Number(service.address.split(':')[1]));
  await until(pool, () => instances(pool)[0]?.status === 'active');
  expect(await codeOf(pool.invoker.invoke(call, never))).toBe('ok');
});

test('a broken connection is noticed without any call', async () => {
  const service = await serve();
  const pool = await openSettledPool([service]);
  service.kill();
  await until(pool, () => instances(pool)[0]?.status === 'unavailable');
});

test('a call that a draining instance refuses goes to another one in the same attempt', async () => {
  const refuse: Process = (_call, callback) => callback(toGrpcError(new AppError('SHUTTING_DOWN', { retryAfterSeconds: 1 })));
  const pool = await openSettledPool([await serve(refuse), await serve()]);
  for (let count = 0; count < 4; count += 1) expect((await pool.invoker.invoke(call, never)).instanceId).toBe('test-2');
});

test('an instance of another service than the settings say is not used, and says why', async () => {
  const { address } = await serve();
  const pool = await openPool([], { addresses: [{ service: 'ResizeService', address }] });
  await until(pool, () => instances(pool)[0]?.trouble?.includes('TestService') ?? false);
  expect(instances(pool)[0]).toMatchObject({ id: 'resize-1', status: 'unavailable' });
  expect(pool.catalogue().size).toBe(0);
});

test('maintenance takes an instance out and back', async () => {
  const pool = await openSettledPool([await serve()]);
  expect(pool.setMaintenance('test-1', true).status).toBe('maintenance');
  expect(pool.availability('TestService')).toBe('unavailable');
  expect(await codeOf(pool.invoker.invoke(call, never))).toBe('SERVICE_UNAVAILABLE');
  expect(pool.setMaintenance('test-1', false).status).toBe('active');
  expect(await codeOf(pool.invoker.invoke(call, never))).toBe('ok');
  expect(() => pool.setMaintenance('nobody', true)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});

test('an instance announces itself, brings its components, and takes them away again', async () => {
  const service = await serve();
  const pool = await openPool([]);
  expect(pool.register({ instanceId: 'mine', address: service.address, maxConnections: 3 })).toEqual({ heartbeatSeconds: 10 });
  await until(pool, () => instances(pool)[0]?.status === 'active');
  expect(instances(pool)[0]).toMatchObject({ id: 'mine', service: 'TestService', origin: 'registered', maxConnections: 3 });
  expect((await pool.invoker.invoke(call, never)).instanceId).toBe('mine');
  const sizes: number[] = [];
  pool.onCatalogueChange((catalogue) => sizes.push(catalogue.size));
  expect(pool.deregister('mine')).toBe(true);
  expect(pool.deregister('mine')).toBe(false);
  expect(sizes).toEqual([0]);
});

test('components known from an earlier run hold until their service answers', async () => {
  const first = await openSettledPool([await serve()]);
  const remembered = [...first.catalogue().values()];
  const pool = await openPool([], { addresses: [{ service: 'TestService', address: '127.0.0.1:1' }], remembered });
  expect([...pool.catalogue().keys()]).toEqual(['TestService.Work']);
  expect(await codeOf(pool.invoker.invoke(call, never))).toBe('SERVICE_UNAVAILABLE');
  const other = await openPool([], { remembered });
  expect(other.catalogue().size).toBe(0);
});

const inlineService: Partial<ProcessorServiceHandlers> = {
  Describe: (_call, callback) =>
    callback(null, { service_name: 'TestService', components: [{ method: 'Work', produces_image: true, inline_images: true }] }),
};

test('a service without the store gets the image and gives its own inside the messages', async () => {
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  await objects.put('uploads/1', png, { contentType: 'image/png', maxBytes: 1_000, durable: false });
  const seen: unknown[] = [];
  const invert: Process = (incoming, callback) => {
    const { input_bytes, input_image, inline_handover, output } = incoming.request;
    seen.push([input_bytes?.format, input_bytes?.data.length, input_image ?? null, inline_handover, output?.object_key]);
    const pixels = Buffer.from([1, 2, 3, 4, 5, 6]);
    const result = { output_data: png, metadata: { width: '1', height: '1' } };
    callback(null, { result, handover_bytes: { data: pixels, format: 'RAW', width: 2, height: 1 } });
  };
  const pool = await openSettledPool([await serve(invert, 0, inlineService)]);
  const output = { key: 'executions/e/0/s.png', format: 'png', quality: undefined };
  const first = await pool.invoker.invoke({ ...call, handoverKey: 'executions/e/0/s.ppm', output }, never);
  expect(first.output).toMatchObject({ key: output.key, contentType: 'image/png', width: 1, sizeBytes: png.length });
  expect(first.handover).toMatchObject({ key: 'executions/e/0/s.ppm', contentType: 'image/x-portable-pixmap', width: 2, height: 1 });
  expect(await objects.read(output.key, 1_000)).toEqual(png);
  const image = first.handover ?? call.image;
  await pool.invoker.invoke({ ...call, image, handoverKey: 'executions/e/0/t.ppm' }, never);
  expect(seen).toEqual([
    ['PNG', png.length, null, true, ''],
    ['RAW', 6, null, true, undefined],
  ]);
});

test('an image of a wrong size inside the message is the service’s fault, and named', async () => {
  await objects.put('uploads/1', Buffer.from('x'), { contentType: 'image/png', maxBytes: 1_000, durable: false });
  const wrong: Process = (_call, callback) =>
    callback(null, { result: {}, handover_bytes: { data: Buffer.alloc(5), format: 'RAW', width: 2, height: 1 } });
  const pool = await openSettledPool([await serve(wrong, 0, inlineService)]);
  const refusal = pool.invoker.invoke({ ...call, handoverKey: 'k.ppm' }, never);
  await expect(refusal).rejects.toMatchObject({
    code: 'SERVICE_FAULT',
    retryable: false,
    message: expect.stringContaining('handover_bytes'),
  });
});

// Only there are all addresses of 127/8 the machine's own.
describe.runIf(process.platform === 'linux')('a name with several addresses', () => {
  const fast: Clock = { ...clock, after: (delayMs, fire) => clock.after(delayMs / 20, fire) };
  const statesOf = (pool: ServicePool) =>
    pool.snapshot().services.flatMap(({ instances }) => instances.map(({ id, status }) => `${id} ${status}`));

  test('is as many instances, which share the calls, come and go', async () => {
    let [release, isHeld] = [() => {}, false];
    const slow: Process = (incoming, callback) => {
      if (isHeld) release = () => answerAtOnce(incoming, callback);
      else answerAtOnce(incoming, callback);
    };
    const one = await serve(answerAtOnce, 0, {}, '127.0.0.2');
    const port = Number(one.address.split(':')[1]);
    const two = await serve(slow, port, {}, '127.0.0.3');
    let addresses: readonly string[] = ['127.0.0.2', '127.0.0.3'];
    const resolve = async () => addresses;
    const pool = await openPool([], { clock: fast, resolve, addresses: [{ service: 'TestService', address: `services.test:${port}` }] });
    const both = ['test-1@127.0.0.2 active', 'test-1@127.0.0.3 active'];
    // The name itself, which leads nowhere here, is gone.
    await vi.waitFor(() => expect(statesOf(pool)).toEqual(both), { timeout: 10_000 });
    for (let count = 0; count < 20; count += 1) await pool.invoker.invoke(call, never);
    expect([one.calls(), two.calls()]).toEqual([10, 10]);

    // An answer without one of them is not believed at once, none is no answer at all.
    addresses = [];
    await new Promise((done) => setTimeout(done, 1_000));
    expect(statesOf(pool)).toEqual(both);

    isHeld = true;
    const running = [pool.invoker.invoke(call, never), pool.invoker.invoke(call, never)];
    await vi.waitFor(() => expect(two.calls()).toBe(11));
    addresses = ['127.0.0.2', '127.0.0.4'];
    await vi.waitFor(() => expect(statesOf(pool).map((state) => state.split(' ')[0])).toEqual(['test-1@127.0.0.2', 'test-1@127.0.0.4']), {
      timeout: 5_000,
    });
    // What it was doing, it may end.
    release();
    expect(await Promise.all(running)).toHaveLength(2);
  });

  test('that has one again is one instance, under its name', async () => {
    const service = await serve();
    const port = Number(service.address.split(':')[1]);
    let addresses: readonly string[] = ['127.0.0.1', '127.0.0.9'];
    const resolve = async () => addresses;
    const pool = await openPool([], {
      clock: fast,
      resolve,
      addresses: [{ service: 'TestService', address: `localhost.localdomain:${port}` }],
    });
    await vi.waitFor(() => expect(statesOf(pool)).toContain('test-1@127.0.0.1 active'), { timeout: 10_000 });
    addresses = ['127.0.0.1'];
    await vi.waitFor(() => expect(statesOf(pool).map((state) => state.split(' ')[0])).toEqual(['test-1']), { timeout: 10_000 });
  });
});
