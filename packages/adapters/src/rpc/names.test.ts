/** Names of services that lead to several instances. */
import type { Clock } from '@imageflow/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ServicePool } from './index.ts';
import { answerAtOnce, call, clock, never, openPoolLab, type PoolLab, type Process } from './testing.ts';

let lab: PoolLab;
beforeEach(async () => {
  lab = await openPoolLab();
});
afterEach(() => lab.close());

// Only there are all addresses of 127/8 the machine's own.
describe.runIf(process.platform === 'linux')('a name with several addresses', () => {
  const fast: Clock = { ...clock, after: (delayMs, fire) => clock.after(delayMs / 20, fire) };
  const statesOf = (pool: ServicePool) =>
    pool.snapshot().services.flatMap(({ instances }) => instances.map(({ id, status }) => `${id} ${status}`));

  test('is as many which share the calls, come and go', async () => {
    let [release, isHeld] = [() => {}, false];
    const slow: Process = (incoming, callback) => {
      if (isHeld) release = () => answerAtOnce(incoming, callback);
      else answerAtOnce(incoming, callback);
    };
    const one = await lab.serve(answerAtOnce, 0, {}, '127.0.0.2');
    const port = Number(one.address.split(':')[1]);
    const two = await lab.serve(slow, port, {}, '127.0.0.3');
    let addresses: readonly string[] = ['127.0.0.2', '127.0.0.3'];
    const resolve = async () => addresses;
    const pool = await lab.openPool([], {
      clock: fast,
      resolve,
      addresses: [{ service: 'TestService', address: `services.test:${port}` }],
    });
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
    const service = await lab.serve();
    const port = Number(service.address.split(':')[1]);
    let addresses: readonly string[] = ['127.0.0.1', '127.0.0.9'];
    const resolve = async () => addresses;
    const pool = await lab.openPool([], {
      clock: fast,
      resolve,
      addresses: [{ service: 'TestService', address: `localhost.localdomain:${port}` }],
    });
    await vi.waitFor(() => expect(statesOf(pool)).toContain('test-1@127.0.0.1 active'), { timeout: 10_000 });
    addresses = ['127.0.0.1'];
    await vi.waitFor(() => expect(statesOf(pool).map((state) => state.split(' ')[0])).toEqual(['test-1']), { timeout: 10_000 });
  });
});
