import { expect, test } from 'vitest';
import { createStoreWatch } from './store-watch.ts';

test('the store is up when its last check has succeeded, and is asked no more than every two seconds', async () => {
  let now = 0;
  let checks = 0;
  let fails = false;
  const check = async (): Promise<void> => {
    checks += 1;
    if (fails) throw new Error('away');
  };
  const isUp = createStoreWatch({ check }, { now: () => now, after: () => () => undefined });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  expect(isUp()).toBe(false);
  await settled();
  expect([isUp(), isUp(), checks]).toEqual([true, true, 1]);
  fails = true;
  now = 2_500;
  isUp();
  await settled();
  expect([isUp(), checks]).toEqual([false, 2]);
  fails = false;
  now = 60_000;
  // What was known a minute ago does not count.
  expect(isUp()).toBe(false);
  await settled();
  expect(isUp()).toBe(true);
});
