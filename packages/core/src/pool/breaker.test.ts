import { expect, test } from 'vitest';
import {
  afterFailedCheck,
  afterFailure,
  afterHealthyCheck,
  afterNoVerdict,
  afterSuccess,
  afterTrialStart,
  type Breaker,
  breakerState,
  closedBreaker,
  letsThrough,
} from './breaker.ts';

const happenings = {
  fault: (breaker: Breaker, now: number) => afterFailure(breaker, 'fault', false, now),
  silence: (breaker: Breaker, now: number) => afterFailure(breaker, 'unreachable', false, now),
  success: (breaker: Breaker) => afterSuccess(breaker, false),
  trial: afterTrialStart,
  'trial fails': (breaker: Breaker, now: number) => afterFailure(breaker, 'fault', true, now),
  'trial ok': (breaker: Breaker) => afterSuccess(breaker, true),
  'trial undecided': (breaker: Breaker) => afterNoVerdict(breaker, true),
  'check ok': afterHealthyCheck,
  'check fails': afterFailedCheck,
};

type Step = readonly [atMs: number, happening: keyof typeof happenings];

function play(steps: readonly Step[]): Breaker {
  return steps.reduce((breaker, [now, happening]) => happenings[happening](breaker, now), closedBreaker);
}

const fault: Step = [0, 'fault'];
const silence: Step = [0, 'silence'];
const five: readonly Step[] = [fault, fault, fault, fault, fault];

test.each<[string, readonly Step[], number, string, boolean]>([
  ['closed at the start', [], 0, 'closed', true],
  ['closed after four failures', five.slice(1), 0, 'closed', true],
  ['open after five', five, 0, 'open', false],
  ['closed when a success came between', [fault, fault, [1, 'success'], fault, fault, fault, fault], 1, 'closed', true],
  ['open for 30 s', five, 29_999, 'open', false],
  ['half-open after 30 s', five, 30_000, 'half_open', true],
  ['open still when a call from before succeeds', [...five, [10, 'success']], 10, 'open', false],
  ['not opened anew by a failure from before', [...five, [20_000, 'fault']], 30_000, 'half_open', true],
  ['shut for others while its trial runs', [...five, [30_000, 'trial']], 30_000, 'half_open', false],
  ['closed when its trial succeeds', [...five, [30_000, 'trial'], [30_010, 'trial ok']], 30_010, 'closed', true],
  ['open for another 30 s when its trial fails', [...five, [30_000, 'trial'], [30_010, 'trial fails']], 60_009, 'open', false],
  ['half-open again after these', [...five, [30_000, 'trial'], [30_010, 'trial fails']], 60_010, 'half_open', true],
  ['free for another trial when one was cancelled', [...five, [30_000, 'trial'], [30_010, 'trial undecided']], 30_011, 'half_open', true],
  ['not closed by health checks when calls failed', [...five, [30_000, 'check ok']], 30_000, 'half_open', true],
  ['not closed early by a health check', [silence, silence, silence, silence, silence, [10, 'check ok']], 10, 'open', false],
  [
    'closed by the health check that ends a silence',
    [silence, silence, silence, silence, silence, [30_000, 'check ok']],
    30_000,
    'closed',
    true,
  ],
  ['opened by five failed checks', Array.from({ length: 5 }, (): Step => [0, 'check fails']), 0, 'open', false],
  ['opened anew by a failed check when half-open', [...five, [30_000, 'check fails']], 30_001, 'open', false],
])('it is %s', (_name, steps, now, state, isOpenForCalls) => {
  const breaker = play(steps);
  expect([breakerState(breaker, now), letsThrough(breaker, now)]).toEqual([state, isOpenForCalls]);
});
