/** Instances of services that come, go, and are taken out. */
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '@imageflow/core';
import { toGrpcError } from '@imageflow/grpc';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerAtOnce, call, codeOf, createEvent, instances, never, openPoolLab, type PoolLab, type Process, until } from './testing.ts';

let lab: PoolLab;
beforeEach(async () => {
  lab = await openPoolLab();
});
afterEach(() => lab.close());

test('an instance is used as soon as it has described itself', async () => {
  const pool = await lab.openSettledPool([await lab.serve()]);
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

test('when an instance dies its call can be repeated at once and reaches the other', async () => {
  const hanging = createEvent();
  const [dying, other] = await Promise.all([lab.serve(() => hanging.resolve()), lab.serve()]);
  const pool = await lab.openSettledPool([dying, other]);
  const lost = pool.invoker.invoke(call, never);
  await hanging.promise;
  dying.kill();
  await expect(lost).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
  for (let count = 0; count < 8; count += 1) expect((await pool.invoker.invoke(call, never)).instanceId).toBe('test-2');
  await until(pool, () => instances(pool)[0]?.status === 'unavailable');
});

test('an instance that comes back is used again', async () => {
  const service = await lab.serve();
  const pool = await lab.openSettledPool([service]);
  service.kill();
  expect(await codeOf(pool.invoker.invoke(call, never))).toBe('SERVICE_UNAVAILABLE');
  await until(pool, () => instances(pool)[0]?.status === 'unavailable');
  await lab.serve(answerAtOnce, Number(service.address.split(':')[1]));
  await until(pool, () => instances(pool)[0]?.status === 'active');
  expect(await codeOf(pool.invoker.invoke(call, never))).toBe('ok');
});

test('a connection to an instance that is away is tried often enough for the next check', async () => {
  const service = await lab.serve();
  const pool = await lab.openSettledPool([service]);
  service.kill();
  await until(pool, () => instances(pool)[0]?.status === 'unavailable');
  // Until the pauses between two tries are as long as they get.
  await pause(3_000);
  let tries = 0;
  const port = createServer((socket) => {
    tries += 1;
    socket.destroy();
  }).listen(Number(service.address.split(':')[1]), '127.0.0.1');
  await pause(2_000);
  port.close();
  expect(tries).toBeGreaterThanOrEqual(5);
});

test('a broken connection is noticed without any call', async () => {
  const service = await lab.serve();
  const pool = await lab.openSettledPool([service]);
  service.kill();
  await until(pool, () => instances(pool)[0]?.status === 'unavailable');
});

test('a call that a draining instance refuses goes to another one in the same attempt', async () => {
  const refuse: Process = (_call, callback) => callback(toGrpcError(new AppError('SHUTTING_DOWN', { retryAfterSeconds: 1 })));
  const pool = await lab.openSettledPool([await lab.serve(refuse), await lab.serve()]);
  for (let count = 0; count < 4; count += 1) expect((await pool.invoker.invoke(call, never)).instanceId).toBe('test-2');
});

test('an instance of another service than the settings say is not used, and says why', async () => {
  const { address } = await lab.serve();
  const pool = await lab.openPool([], { addresses: [{ service: 'ResizeService', address }] });
  await until(pool, () => instances(pool)[0]?.trouble?.includes('TestService') ?? false);
  expect(instances(pool)[0]).toMatchObject({ id: 'resize-1', status: 'unavailable' });
  expect(pool.catalogue().size).toBe(0);
});

test('maintenance takes an instance out and back', async () => {
  const pool = await lab.openSettledPool([await lab.serve()]);
  expect(pool.setMaintenance('test-1', true).status).toBe('maintenance');
  expect(pool.availability('TestService')).toBe('unavailable');
  expect(await codeOf(pool.invoker.invoke(call, never))).toBe('SERVICE_UNAVAILABLE');
  expect(pool.setMaintenance('test-1', false).status).toBe('active');
  expect(await codeOf(pool.invoker.invoke(call, never))).toBe('ok');
  expect(() => pool.setMaintenance('nobody', true)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});

test('an instance announces itself, brings its components, and takes them away again', async () => {
  const service = await lab.serve();
  const pool = await lab.openPool([]);
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
  const first = await lab.openSettledPool([await lab.serve()]);
  const remembered = [...first.catalogue().values()];
  const pool = await lab.openPool([], { addresses: [{ service: 'TestService', address: '127.0.0.1:1' }], remembered });
  expect([...pool.catalogue().keys()]).toEqual(['TestService.Work']);
  expect(await codeOf(pool.invoker.invoke(call, never))).toBe('SERVICE_UNAVAILABLE');
  const other = await lab.openPool([], { remembered });
  expect(other.catalogue().size).toBe(0);
});
