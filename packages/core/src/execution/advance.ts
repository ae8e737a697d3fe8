/**
 * The engine's rules: an event comes in, the state moves on, commands come out. The runner carries commands out and brings their outcomes
 * back as events.
 * Guarantees: a step starts only when all it depends on completed; at most `parallel` steps are under way; after the end nothing starts;
 * every run ends, because each step has a bounded number of attempts.
 */
import { AppError } from '../errors.ts';
import type { FailureStrategy } from '../pipeline/definition.ts';
import type { Plan } from '../pipeline/plan.ts';
import type { EventBody, ExecutionEvent, StepFault } from './events.ts';
import { toStepFault } from './retry.ts';
import { applyEvent, type ExecutionState, hasEnded, stepKey } from './state.ts';

export type Command =
  | { readonly kind: 'start'; readonly input: number; readonly step_id: string; readonly attempt: number; readonly delayMs: number }
  /** Stop every call and every pending retry. */
  | { readonly kind: 'abort' }
  | { readonly kind: 'record'; readonly body: EventBody }
  /** The run is over. */
  | { readonly kind: 'end'; readonly body: EventBody }
  /** This way of running failed for good; the queue takes it from here. */
  | { readonly kind: 'hand_over'; readonly step_id: string; readonly fault: StepFault };

export interface RunRules {
  readonly strategy: FailureStrategy;
  /** Steps under way at the same time. */
  readonly parallel: number;
}

interface StepPlace {
  readonly input: number;
  readonly step_id: string;
}

/** Changed in place, like the state it holds. */
export interface Schedule {
  readonly plan: Plan;
  readonly rules: RunRules;
  readonly state: ExecutionState;
  /** By stepKey: dependencies that have not completed. */
  readonly waiting: Map<string, number>;
  /** Last in, first out: an input is followed to its end before the next one is begun, which keeps few images alive. */
  readonly ready: StepPlace[];
  /** stepKeys of steps that run or wait for their next attempt. */
  readonly underWay: Set<string>;
  hasEnded: boolean;
}

/** For a fresh state, or one folded from the journal of an earlier run. */
export function createSchedule(plan: Plan, state: ExecutionState, rules: RunRules): Schedule {
  const waiting = new Map<string, number>();
  const ready: StepPlace[] = [];
  for (const step of [...state.steps.values()].reverse()) {
    const planned = plan.steps.get(step.step_id);
    if (planned === undefined || hasEnded(step)) continue;
    const open = planned.depends_on.filter((id) => state.steps.get(stepKey(step.input, id))?.status !== 'completed').length;
    waiting.set(stepKey(step.input, step.step_id), open);
    if (open === 0) ready.push({ input: step.input, step_id: step.step_id });
  }
  return { plan, rules, state, waiting, ready, underWay: new Set(), hasEnded: false };
}

/** Folds the event and says what to do. Events that come after the end change nothing. */
export function advance(schedule: Schedule, event: ExecutionEvent): readonly Command[] {
  if (schedule.hasEnded) return [];
  applyEvent(schedule.state, event);
  switch (event.kind) {
    case 'execution_started':
      return begin(schedule);
    case 'step_started':
      schedule.underWay.add(stepKey(event.input, event.step_id));
      return [];
    case 'step_completed':
      return [...release(schedule, event), ...next(schedule)];
    case 'step_retrying':
      return [{ kind: 'start', input: event.input, step_id: event.step_id, attempt: event.attempt + 1, delayMs: event.delay_ms }];
    case 'step_failed':
      schedule.underWay.delete(stepKey(event.input, event.step_id));
      if (schedule.rules.strategy === 'fail_fast') {
        return end(schedule, { kind: 'execution_failed', fault: event.fault, step_id: event.step_id });
      }
      return [...skipDependents(schedule, event), ...next(schedule)];
    case 'step_skipped':
      return next(schedule);
    case 'cancel_requested':
      return end(schedule, { kind: 'execution_cancelled', by: event.by });
    case 'fallback_requested':
      schedule.hasEnded = true;
      return [{ kind: 'abort' }, { kind: 'hand_over', step_id: event.step_id, fault: event.fault }];
    default:
      return [];
  }
}

/** An earlier run of the same execution may have died between a step's end and what follows from it. */
function begin(schedule: Schedule): readonly Command[] {
  const { state, rules } = schedule;
  if (state.cancelledBy !== undefined) return end(schedule, { kind: 'execution_cancelled', by: state.cancelledBy });
  const failed = [...state.steps.values()].filter((step) => step.status === 'failed');
  if (failed.length > 0 && rules.strategy === 'fail_fast') return end(schedule, outcome(state));
  return [...failed.flatMap((step) => skipDependents(schedule, step)), ...next(schedule)];
}

/** A completed step lets those go on that waited for it alone. */
function release(schedule: Schedule, done: StepPlace): readonly Command[] {
  const { plan, waiting, ready, underWay } = schedule;
  underWay.delete(stepKey(done.input, done.step_id));
  for (const id of [...(plan.steps.get(done.step_id)?.dependents ?? [])].reverse()) {
    const key = stepKey(done.input, id);
    const left = (waiting.get(key) ?? 0) - 1;
    waiting.set(key, left);
    if (left === 0) ready.push({ input: done.input, step_id: id });
  }
  return [];
}

/** Each attempt ended with the death of the engine that made it. */
const diedTooOften = toStepFault(new AppError('RUN_ABANDONED'));

function next(schedule: Schedule): readonly Command[] {
  const { ready, rules, state, underWay } = schedule;
  const commands: Command[] = [];
  while (underWay.size < rules.parallel) {
    const place = ready.pop();
    if (place === undefined) break;
    const key = stepKey(place.input, place.step_id);
    // Counted here: the runner reports the start only after this list was made.
    underWay.add(key);
    const attempts = state.steps.get(key)?.attempts ?? 0;
    const isSpent = attempts > (schedule.plan.steps.get(place.step_id)?.retries ?? 0);
    if (isSpent)
      commands.push({ kind: 'record', body: { kind: 'step_failed', ...place, attempt: attempts, fault: diedTooOften, elapsed_ms: 0 } });
    else commands.push({ kind: 'start', ...place, attempt: attempts + 1, delayMs: 0 });
  }
  if (commands.length > 0 || underWay.size > 0 || state.finished < state.steps.size) return commands;
  return end(schedule, outcome(state));
}

/** With `continue` the run failed when any step did; the first in the pipeline's order is named. */
function outcome(state: ExecutionState): EventBody {
  for (const step of state.steps.values()) {
    if (step.status === 'failed' && step.fault !== undefined) {
      return { kind: 'execution_failed', fault: step.fault, step_id: step.step_id };
    }
  }
  return { kind: 'execution_completed' };
}

function skipDependents(schedule: Schedule, failed: StepPlace): readonly Command[] {
  const { plan, state } = schedule;
  const commands: Command[] = [];
  const skipped = new Set<string>();
  const open = [...(plan.steps.get(failed.step_id)?.dependents ?? [])];
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    const step = state.steps.get(stepKey(failed.input, id));
    if (step === undefined || skipped.has(id)) continue;
    skipped.add(id);
    // An earlier run may have died after it had skipped only the first of them.
    if (!hasEnded(step))
      commands.push({ kind: 'record', body: { kind: 'step_skipped', input: failed.input, step_id: id, reason: failed.step_id } });
    open.push(...(plan.steps.get(id)?.dependents ?? []));
  }
  return commands;
}

function end(schedule: Schedule, body: EventBody): readonly Command[] {
  schedule.hasEnded = true;
  schedule.ready.length = 0;
  return [{ kind: 'abort' }, { kind: 'end', body }];
}
