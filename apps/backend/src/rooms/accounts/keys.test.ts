import { openTestDatabase, type TestDatabase } from '@imageflow/adapters/database/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemPlatform } from '../../runtime/platform.ts';
import { createTestClock } from '../../testing/backend.ts';
import { openSigningKeys } from './keys.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

test('the key that a backend signs with is published by the others within a second, and the old one stays for a day', async () => {
  const clock = createTestClock();
  const open = () => openSigningKeys(database.db, clock, systemPlatform.ids);
  const kids = async (keys: Awaited<ReturnType<typeof open>>) => new Set((await keys.published()).keys.map(({ kid }) => kid));
  const running = await open();
  // A key signs for 90 days.
  clock.advance(91 * 24 * 3600_000);
  const started = await open();
  expect(started.kid).not.toBe(running.kid);
  clock.advance(1000);
  expect(await kids(running)).toEqual(new Set([running.kid, started.kid]));
  clock.advance(25 * 3600_000);
  expect(await kids(running)).toEqual(new Set([started.kid]));
});
