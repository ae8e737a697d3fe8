import { expect, test } from 'vitest';
import type { PlannedStep } from '../pipeline/plan.ts';
import { progressOf, serviceTitle } from './progress.ts';
import { createPriorityQueue } from './queue.ts';
import { retryDelayMs } from './retry.ts';
import { type RunOrder, runExecution } from './runner.ts';
import { type Behaviour, createMemoryJournal, createScriptedInvoker, createSimulation } from './simulation.ts';
import { createState } from './state.ts';

function planned(
  step_id: string,
  depends_on: readonly string[],
  dependents: readonly string[],
  rest: Partial<PlannedStep> = {},
): PlannedStep {
  return {
    step_id,
    component: `Sim.${step_id}`,
    service: 'Sim',
    depends_on,
    dependents,
    imageFrom: depends_on[0],
    needsHandover: dependents.length > 0,
    leavesPipeline: dependents.length === 0,
    timeoutMs: 1000,
    retries: 2,
    ...rest,
  };
}

const chain = [planned('a', [], ['b']), planned('b', ['a'], ['c']), planned('c', ['b'], [])];
const branches = [planned('a', [], ['b', 'c']), planned('b', ['a'], ['d']), planned('c', ['a'], ['d']), planned('d', ['b', 'c'], [])];

function start(steps: readonly PlannedStep[], behave: (step: string, attempt: number) => Behaviour, rest: Partial<RunOrder> = {}) {
  const clock = createSimulation();
  const invoker = createScriptedInvoker(
    clock,
    (call) => behave(call.stepId, call.attempt),
    () => 10,
  );
  const journal = createMemoryJournal(
    rest.executionId === 'database-down' ? (tries) => (tries < 4 ? 'down' : true) : () => rest.executionId !== 'taken-over',
  );
  const inputs = rest.inputs ?? [{ key: 'in', contentType: 'image/bmp', sizeBytes: 1, width: 4, height: 4 }];
  const order: RunOrder = {
    executionId: 'e',
    plan: { steps: new Map(steps.map((step) => [step.step_id, step])) },
    inputs,
    output: {},
    traceparent: undefined,
    strategy: 'fail_fast',
    parallel: 4,
    runnerId: 'r',
    mode: 'direct_grpc',
    parameters: new Map(),
    canFallBack: false,
    state: createState(
      steps.map((step) => step.step_id),
      inputs.length,
    ),
    ...rest,
  };
  const run = runExecution(order, { invoker, journal, clock, random: () => 0.5, onEvent: () => undefined });
  return { clock, invoker, journal, run };
}

test('independent steps run at the same time, the one that needs both waits for both', async () => {
  const { clock, invoker, run } = start(branches, () => 'ok');
  await clock.run();
  expect(await run.ended).toEqual({ kind: 'ended' });
  expect(run.state.status).toBe('completed');
  expect(invoker.mostRunning).toBe(2);
  expect(invoker.calls.map((call) => call.stepId)).toEqual(['a', 'b', 'c', 'd']);
  expect(progressOf(run.state, clock.now()).elapsedMs).toBe(30);
});

test('the image of one step is the input of the next; what leaves is encoded as JPEG when the original cannot be written', async () => {
  const { clock, invoker, run } = start(chain, () => 'ok');
  await clock.run();
  await run.ended;
  expect(invoker.calls.map((call) => call.image.key)).toEqual(['in', 'executions/e/0/a.ppm', 'executions/e/0/b.ppm']);
  expect(invoker.calls.map((call) => call.output)).toEqual([
    undefined,
    undefined,
    { key: 'executions/e/0/c.jpg', format: 'jpeg', quality: undefined },
  ]);
});

test('a retryable fault is tried again after 100 ms, 200 ms', async () => {
  const { clock, invoker, run, journal } = start(chain, (step, attempt) => (step === 'b' && attempt < 3 ? 'retryable' : 'ok'));
  await clock.run();
  await run.ended;
  expect(run.state.status).toBe('completed');
  expect(invoker.calls.filter((call) => call.stepId === 'b').length).toBe(3);
  expect(journal.events.flatMap((event) => (event.kind === 'step_retrying' ? [event.delay_ms] : []))).toEqual([100, 200]);
});

test('a fault of the input is not tried again', async () => {
  const { clock, invoker, run } = start(chain, () => 'fatal');
  await clock.run();
  await run.ended;
  expect(run.state).toMatchObject({ status: 'failed', faultStep: 'a', fault: { code: 'IMAGE_BROKEN' } });
  expect(invoker.calls.length).toBe(1);
  expect([...run.state.steps.values()].map((step) => step.status)).toEqual(['failed', 'skipped', 'skipped']);
});

test('a step past its time-out has failed at once, and its call is stopped', async () => {
  const slow = [planned('a', [], [], { timeoutMs: 500, retries: 0 })];
  const { clock, invoker, run } = start(slow, () => 'hang');
  await clock.run(501);
  expect(run.state).toMatchObject({ status: 'failed', fault: { code: 'STEP_TIMEOUT' } });
  expect(invoker.running).toBe(0);
});

test('cancel stops running calls, lets no further step begin and is repeatable', async () => {
  const { clock, invoker, run, journal } = start(chain, () => 'ok');
  await clock.run(15);
  run.cancel('tester');
  run.cancel('somebody else');
  await clock.run();
  expect(run.state).toMatchObject({ status: 'cancelled', cancelledBy: 'tester' });
  expect([...run.state.steps.values()].map((step) => step.status)).toEqual(['completed', 'cancelled', 'skipped']);
  expect(invoker.running).toBe(0);
  expect(journal.ends.length).toBe(1);
});

test('cancel during the wait before a retry ends the run at once', async () => {
  const { clock, invoker, run } = start(chain, () => 'retryable');
  await clock.run(50);
  run.cancel('tester');
  await clock.run();
  expect(run.state.status).toBe('cancelled');
  expect(invoker.calls.length).toBe(1);
});

test('with "continue" the independent branch and the other inputs finish', async () => {
  const inputs = ['in0', 'in1'].map((key) => ({ key, contentType: 'image/png', sizeBytes: 1, width: 1, height: 1 }));
  let broken = 0;
  const { clock, run } = start(branches, (step) => (step === 'b' && broken++ === 0 ? 'fatal' : 'ok'), { strategy: 'continue', inputs });
  await clock.run();
  await run.ended;
  expect(run.state).toMatchObject({ status: 'failed', faultStep: 'b' });
  const statuses = [...run.state.steps].map(([key, step]) => `${key} ${step.status}`);
  expect(statuses).toEqual([
    '0/a completed',
    '0/b failed',
    '0/c completed',
    '0/d skipped',
    '1/a completed',
    '1/b completed',
    '1/c completed',
    '1/d completed',
  ]);
});

test('what the services cannot do now is handed over, with nothing lost of what is done', async () => {
  const { clock, run, journal } = start(chain, (step) => (step === 'b' ? 'retryable' : 'ok'), { canFallBack: true });
  await clock.run();
  expect(await run.ended).toMatchObject({ kind: 'handed_over', fault: { code: 'SERVICE_UNAVAILABLE' } });
  expect(journal.ends).toEqual([]);
  expect(run.state.mode).toBe('kafka_fallback');
  expect([...run.state.steps.values()].map((step) => [step.status, step.attempts])).toEqual([
    ['completed', 1],
    ['pending', 0],
    ['pending', 0],
  ]);
});

test('what is known to be down is handed over at once, a step that is too slow never is', async () => {
  const down = start(chain, () => 'down', { canFallBack: true });
  await down.clock.run();
  expect(await down.run.ended).toMatchObject({ kind: 'handed_over' });
  expect(down.invoker.calls.length).toBe(1);
  const slow = start([planned('a', [], [], { retries: 0 })], () => 'hang', { canFallBack: true });
  await slow.clock.run();
  expect(slow.run.state).toMatchObject({ status: 'failed', fault: { code: 'STEP_TIMEOUT' } });
});

test('a fault of the input is never handed over', async () => {
  const { clock, run } = start(chain, () => 'fatal', { canFallBack: true });
  await clock.run();
  expect(await run.ended).toEqual({ kind: 'ended' });
});

test('a released run counts no attempt for what it stopped', async () => {
  const { clock, run, invoker } = start(chain, () => 'ok');
  await clock.run(5);
  run.release();
  await clock.run();
  expect(await run.ended).toEqual({ kind: 'released' });
  expect(run.state.steps.get('0/a')).toMatchObject({ status: 'pending', attempts: 0 });
  expect(invoker.running).toBe(0);
});

test('the end is written as soon as the database is back', async () => {
  const { clock, run, journal } = start(chain, () => 'ok', { executionId: 'database-down' });
  await clock.run();
  expect(await run.ended).toEqual({ kind: 'ended' });
  expect(journal.ends.length).toBe(1);
});

test('an execution that another engine has taken over is left alone', async () => {
  const { clock, run } = start(chain, () => 'ok', { executionId: 'taken-over' });
  await clock.run();
  expect(await run.ended).toEqual({ kind: 'lost' });
});

test('the delay before a retry doubles from 100 ms, with jitter, up to 10 s', () => {
  expect([1, 2, 3, 4].map((attempt) => retryDelayMs(attempt, () => 0.5))).toEqual([100, 200, 400, 800]);
  expect(retryDelayMs(1, () => 0)).toBe(75);
  expect(retryDelayMs(50, () => 0.5)).toBe(10_000);
});

test('high comes before normal before low, first come first served within; full refuses', () => {
  const queue = createPriorityQueue<string>(4);
  for (const [id, priority, item] of [
    ['1', 'low', 'l1'],
    ['2', 'normal', 'n1'],
    ['3', 'high', 'h1'],
    ['4', 'normal', 'n2'],
  ] as const) {
    expect(queue.reserve()).toBe(true);
    queue.push(id, priority, item);
  }
  expect(queue.reserve()).toBe(false);
  expect(queue.position('4')).toBe(2);
  expect(queue.remove('2')).toBe('n1');
  expect(queue.remove('2')).toBeUndefined();
  expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual(['h1', 'n2', 'l1', undefined]);
  expect(queue.size).toBe(0);
  expect(queue.reserve()).toBe(true);
});

test('progress names services as people do', () => {
  expect(['AIDetectionService', 'ResizeService', 'FilterService', 'X'].map(serviceTitle)).toEqual([
    'AI Detection Service',
    'Resize Service',
    'Filter Service',
    'X',
  ]);
});
