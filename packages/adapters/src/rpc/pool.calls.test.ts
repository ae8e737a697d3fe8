/** Calls through the pool to services of their own. */
import * as grpc from '@grpc/grpc-js';
import { AppError } from '@imageflow/core';
import { toGrpcError } from '@imageflow/grpc';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { call, codeOf, createEvent, instances, never, openPoolLab, type PoolLab } from './testing.ts';

let lab: PoolLab;
beforeEach(async () => {
  lab = await openPoolLab();
});
afterEach(() => lab.close());

test('the whole call arrives, and the whole answer', async () => {
  const seen: unknown[] = [];
  const service = await lab.serve((incoming, callback) => {
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
  const pool = await lab.openSettledPool([service]);
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
  const pool = await lab.openSettledPool([await lab.serve((_call, callback) => callback(toGrpcError(fault)))]);
  for (let count = 0; count < 6; count += 1) {
    await expect(pool.invoker.invoke(call, never)).rejects.toMatchObject({ code: 'IMAGE_BROKEN', detail: fault.detail, retryable: false });
  }
  expect(instances(pool)[0]).toMatchObject({ status: 'active', breaker: { state: 'closed', failures: 0 } });
});

test('five faults in a row open the breaker, and then nothing is called', async () => {
  const service = await lab.serve((_call, callback) => callback({ code: grpc.status.INTERNAL, details: 'bug' }));
  const pool = await lab.openSettledPool([service]);
  const codes = [];
  for (let count = 0; count < 7; count += 1) codes.push(await codeOf(pool.invoker.invoke(call, never)));
  expect(codes).toEqual([...Array(5).fill('SERVICE_FAULT'), 'SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE']);
  expect(service.calls()).toBe(5);
  expect(instances(pool)[0]).toMatchObject({ status: 'unavailable', breaker: { state: 'open', failures: 5 } });
  await expect(pool.invoker.invoke(call, never)).rejects.toMatchObject({ retryable: true, retryAfterSeconds: expect.any(Number) });
});

test('without any instance of the AI service its own code is answered', async () => {
  const pool = await lab.openPool([]);
  await expect(pool.invoker.invoke({ ...call, component: 'AIDetectionService.Detect' }, never)).rejects.toMatchObject({
    code: 'AI_SERVICE_UNAVAILABLE',
    retryAfterSeconds: 10,
  });
});

test('the deadline ends a call that hangs, on both sides', async () => {
  let isCancelled: Promise<void> | undefined;
  const service = await lab.serve((incoming) => {
    isCancelled = new Promise((resolve) => incoming.once('cancelled', resolve));
  });
  const pool = await lab.openSettledPool([service]);
  const startedAt = performance.now();
  expect(await codeOf(pool.invoker.invoke({ ...call, timeoutMs: 150 }, never))).toBe('STEP_TIMEOUT');
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  await isCancelled;
});

test('an abort cancels the work in the service and leaves the instance as it was', async () => {
  const arrived = createEvent();
  const cancelled = createEvent();
  const service = await lab.serve((incoming) => {
    incoming.once('cancelled', () => cancelled.resolve());
    arrived.resolve();
  });
  const pool = await lab.openSettledPool([service]);
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
  const service = await lab.serve((incoming, callback) =>
    callback(null, { result: {}, attributes_json: incoming.request.parameters_json }),
  );
  const pool = await lab.openSettledPool([service]);
  const answer = await pool.invoker.invoke({ ...call, parameters: { big } }, never);
  expect(answer.attributes.big).toHaveLength(big.length);
});

test('calls are spread over the instances', async () => {
  const services = await Promise.all([lab.serve(), lab.serve()]);
  const pool = await lab.openSettledPool(services);
  for (let count = 0; count < 10; count += 1) await pool.invoker.invoke(call, never);
  expect(services.map((service) => service.calls())).toEqual([5, 5]);
});
