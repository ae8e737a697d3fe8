/** The engine's promises, on random pipelines with random faults at random moments. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PlannedStep } from '../pipeline/plan.ts';
import type { ExecutionEvent } from './events.ts';
import { runExecution } from './runner.ts';
import { type Behaviour, createMemoryJournal, createScriptedInvoker, createSimulation } from './simulation.ts';
import { applyEvent, createState, stepKey } from './state.ts';

interface World {
  readonly steps: readonly PlannedStep[];
  readonly inputs: number;
  readonly parallel: number;
  readonly strategy: 'fail_fast' | 'continue';
  readonly canFallBack: boolean;
  readonly behaviours: readonly Behaviour[];
  readonly delays: readonly number[];
  readonly cancelAt: number | undefined;
  readonly releaseAt: number | undefined;
}

const worlds: fc.Arbitrary<World> = fc
  .record({
    edges: fc.array(fc.array(fc.nat(20), { maxLength: 3 }), { minLength: 1, maxLength: 9 }),
    retries: fc.array(fc.nat(3), { minLength: 9, maxLength: 9 }),
    inputs: fc.integer({ min: 1, max: 3 }),
    parallel: fc.integer({ min: 1, max: 4 }),
    strategy: fc.constantFrom<'fail_fast' | 'continue'>('fail_fast', 'continue'),
    canFallBack: fc.boolean(),
    behaviours: fc.array(fc.constantFrom<Behaviour>('ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'retryable', 'retryable', 'fatal', 'hang'), {
      minLength: 40,
      maxLength: 40,
    }),
    delays: fc.array(fc.nat(2000), { minLength: 13, maxLength: 13 }),
    cancelAt: fc.option(fc.nat(4000), { nil: undefined, freq: 3 }),
    releaseAt: fc.option(fc.nat(4000), { nil: undefined, freq: 3 }),
  })
  .map(({ edges, retries, ...world }) => ({ ...world, steps: toSteps(edges, retries) }));

/** Step i depends on earlier steps only: acyclic by construction. */
function toSteps(edges: readonly (readonly number[])[], retries: readonly number[]): PlannedStep[] {
  const depends = edges.map((each, index) => (index === 0 ? [] : [...new Set(each.map((n) => `s${n % index}`))]));
  return depends.map((depends_on, index) => ({
    step_id: `s${index}`,
    component: 'Sim.Step',
    service: 'Sim',
    depends_on,
    dependents: depends.flatMap((list, other) => (list.includes(`s${index}`) ? [`s${other}`] : [])),
    imageFrom: depends_on[0],
    needsHandover: true,
    leavesPipeline: index === edges.length - 1,
    timeoutMs: 1500,
    retries: retries[index] ?? 0,
  }));
}

function orderOf(
  world: World,
  state = createState(
    world.steps.map((step) => step.step_id),
    world.inputs,
  ),
  runnerId = 'r1',
) {
  return {
    executionId: 'e1',
    plan: { steps: new Map(world.steps.map((step) => [step.step_id, step])) },
    inputs: Array.from({ length: world.inputs }, (_, index) => ({
      key: `in${index}`,
      contentType: 'image/png',
      sizeBytes: 1,
      width: 1,
      height: 1,
    })),
    output: {},
    traceparent: undefined,
    strategy: world.strategy,
    parallel: world.parallel,
    runnerId,
    mode: 'direct_grpc' as const,
    parameters: new Map(),
    canFallBack: world.canFallBack,
    state,
  };
}

function play(world: World, order = orderOf(world), journal = createMemoryJournal()) {
  const clock = createSimulation();
  let turn = 0;
  const pick = <T>(list: readonly T[]): T => list[turn++ % list.length] as T;
  const invoker = createScriptedInvoker(
    clock,
    () => pick(world.behaviours),
    () => pick(world.delays),
  );
  const shown: ExecutionEvent[] = [];
  const run = runExecution(order, { invoker, journal, clock, random: () => 0.5, onEvent: (event) => void shown.push(event) });
  if (world.cancelAt !== undefined) clock.after(world.cancelAt, () => run.cancel('tester'));
  if (world.releaseAt !== undefined) clock.after(world.releaseAt, () => run.release());
  return { clock, invoker, journal, run, shown };
}

test('every run ends, its state agrees with its events, and nothing is left running', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const { clock, invoker, journal, run, shown } = play(world);
      await clock.run();
      const end = await run.ended;
      expect(invoker.running).toBe(0);
      expect(invoker.mostRunning).toBeLessThanOrEqual(world.parallel);
      expect(shown.map((event) => event.sequence)).toEqual(shown.map((_, index) => index + 1));
      expect(journal.ends.length).toBe(end.kind === 'ended' ? 1 : 0);
      const replayed = createState(
        world.steps.map((step) => step.step_id),
        world.inputs,
      );
      for (const event of shown) applyEvent(replayed, event);
      expect(replayed).toEqual(run.state);
      if (end.kind === 'ended') {
        expect(['completed', 'failed', 'cancelled']).toContain(run.state.status);
        expect(run.state.finished).toBe(run.state.steps.size);
      }
      if (run.state.status === 'completed') {
        expect([...run.state.steps.values()].every((step) => step.status === 'completed')).toBe(true);
      }
    }),
    { numRuns: 400 },
  );
});

test('no step starts before what it depends on, none is tried more often than allowed, none completes twice', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const { clock, shown } = play(world);
      await clock.run();
      const completed = new Set<string>();
      const attempts = new Map<string, number>();
      for (const event of shown) {
        if (event.kind === 'step_started') {
          const key = stepKey(event.input, event.step_id);
          const planned = world.steps.find((step) => step.step_id === event.step_id);
          for (const id of planned?.depends_on ?? []) expect(completed.has(stepKey(event.input, id))).toBe(true);
          expect(event.attempt).toBe((attempts.get(key) ?? 0) + 1);
          expect(event.attempt).toBeLessThanOrEqual((planned?.retries ?? 0) + 1);
          expect(completed.has(key)).toBe(false);
          attempts.set(key, event.attempt);
        }
        if (event.kind === 'step_completed') completed.add(stepKey(event.input, event.step_id));
      }
    }),
    { numRuns: 400 },
  );
});

test('a run that dies anywhere is taken up by another engine, which repeats no completed step and keeps the limit', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, fc.nat(60), async (world, survivors) => {
      const first = play({ ...world, cancelAt: undefined, releaseAt: undefined });
      await first.clock.run();
      // What the journal kept of it: any beginning, never the end.
      const kept = first.journal.events.slice(0, survivors);
      const state = createState(
        world.steps.map((step) => step.step_id),
        world.inputs,
      );
      for (const event of kept) applyEvent(state, event);
      const before = new Set([...state.steps].flatMap(([key, step]) => (step.status === 'completed' ? [key] : [])));
      const second = play({ ...world, releaseAt: undefined, canFallBack: false }, { ...orderOf(world, state, 'r2'), canFallBack: false });
      await second.clock.run();
      expect((await second.run.ended).kind).toBe('ended');
      for (const event of second.shown) {
        if (event.kind !== 'step_started') continue;
        expect(before.has(stepKey(event.input, event.step_id))).toBe(false);
        const retries = world.steps.find((step) => step.step_id === event.step_id)?.retries ?? 0;
        expect(event.attempt).toBeLessThanOrEqual(retries + 1);
      }
    }),
    { numRuns: 400 },
  );
});
