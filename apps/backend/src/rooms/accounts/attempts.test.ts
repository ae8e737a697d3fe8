import { AppError, type Clock } from '@imageflow/core';
import { expect, test } from 'vitest';
import { createAttemptLimit } from './attempts.ts';

function handSetClock(): Clock & { set(ms: number): void } {
  let now = 0;
  return {
    now: () => now,
    after: () => () => undefined,
    set: (ms) => {
      now = ms;
    },
  };
}

test('attempts past the limit wait for the end of the window', () => {
  const clock = handSetClock();
  const limit = createAttemptLimit(clock, 2, 60_000);
  limit.take('a');
  limit.take('a');
  clock.set(45_000);
  expect(() => limit.take('a')).toThrow(expect.objectContaining({ code: 'RATE_LIMITED', retryAfterSeconds: 15 }));
  limit.take('b');
  clock.set(60_000);
  limit.take('a');
});

test('forgiven attempts do not count', () => {
  const limit = createAttemptLimit(handSetClock(), 1, 60_000);
  limit.take('a');
  limit.forgive('a');
  expect(() => limit.take('a')).not.toThrow(AppError);
});

test('a flood of names is forgotten oldest first', () => {
  const limit = createAttemptLimit(handSetClock(), 1, 60_000);
  for (let name = 0; name <= 10_000; name += 1) limit.take(`user ${name}`);
  expect(() => limit.take('user 10000')).toThrow(AppError);
  expect(() => limit.take('user 0')).not.toThrow();
});
