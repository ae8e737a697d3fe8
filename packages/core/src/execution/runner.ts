/**
 * Runs one execution: carries out the commands of `advance` through the ports and feeds the outcomes back as events.
 * Every event is recorded and shown before its commands are carried out; the terminal one only after the journal has accepted it.
 */
import { AppError } from '../errors.ts';
import type { StepParameters } from '../pipeline/parameters.ts';
import type { Clock, Journal, Random, StepAnswer, StepInvoker } from '../ports.ts';
import { advance, type Command, createSchedule, type RunRules, type Schedule } from './advance.ts';
import { startAttempt } from './attempt.ts';
import { type CallSettings, prepareCall } from './call.ts';
import type { EventBody, ExecutionEvent, RunMode, StepFault, StepResult } from './events.ts';
import { judgeFailure, toStepFault } from './retry.ts';
import { applyEvent, type ExecutionState, stepKey } from './state.ts';

export interface RunOrder extends CallSettings, RunRules {
  readonly runnerId: string;
  readonly mode: RunMode;
  /** By step_id. */
  readonly parameters: ReadonlyMap<string, StepParameters>;
  /** A retryable fault that outlived its retries is handed over to the queue instead of failing the run. */
  readonly canFallBack: boolean;
  /** Fresh, or folded from the journal of an earlier run. */
  readonly state: ExecutionState;
  /** Who cancelled it before it began: the run only writes the end. */
  readonly cancelledBy?: string | undefined;
  /** Why it is given up: the run only writes that. */
  readonly abandoned?: { readonly fault: StepFault; readonly step_id: string | undefined } | undefined;
}

export interface RunnerPorts {
  readonly invoker: StepInvoker;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Random;
  /** Sees every event once, in order, with the state after it. */
  readonly onEvent: (event: ExecutionEvent, state: ExecutionState) => void;
}

/**
 * ended: the terminal state is written. lost: another runner has ended or taken over this execution. released: stopped before the end; whoever
 * takes it over goes on. handed_over: see RunOrder.canFallBack.
 */
export type RunEnd = { readonly kind: 'ended' } | { readonly kind: 'lost' } | { readonly kind: 'released' } | HandedOver;

export interface HandedOver {
  readonly kind: 'handed_over';
  readonly step_id: string;
  readonly fault: StepFault;
}

export interface ActiveRun {
  readonly state: ExecutionState;
  /** Never rejects. */
  readonly ended: Promise<RunEnd>;
  /** Stops running calls and lets no further step begin. */
  cancel(by: string): void;
  /** Stops without an end, for another runner to go on. */
  release(): void;
}

/** Begins at once. */
export function runExecution(order: RunOrder, ports: RunnerPorts): ActiveRun {
  const { promise, resolve } = withResolvers<RunEnd>();
  const run: Run = {
    order,
    ports,
    schedule: createSchedule(order.plan, order.state, order),
    calls: new Map(),
    bodies: [],
    isDraining: false,
    isOver: false,
    settle: resolve,
    stopEnding: () => undefined,
  };
  begin(run);
  return {
    state: order.state,
    ended: promise,
    cancel: (by) => emit(run, { kind: 'cancel_requested', by }),
    release: () => release(run),
  };
}

function begin(run: Run): void {
  const { order } = run;
  if (order.abandoned !== undefined) {
    run.schedule.hasEnded = true;
    void writeEnd(run, { kind: 'execution_failed', ...order.abandoned }, 0);
  } else if (order.cancelledBy === undefined) emit(run, { kind: 'execution_started', runner_id: order.runnerId, mode: order.mode });
  else emit(run, { kind: 'cancel_requested', by: order.cancelledBy });
}

interface Run {
  readonly order: RunOrder;
  readonly ports: RunnerPorts;
  readonly schedule: Schedule;
  /** By stepKey: how to stop what is under way. */
  readonly calls: Map<string, () => void>;
  readonly bodies: EventBody[];
  isDraining: boolean;
  /** Nothing more is emitted. */
  isOver: boolean;
  readonly settle: (end: RunEnd) => void;
  stopEnding: () => void;
}

/** One event at a time: a command's own events wait until the list it is in has been carried out. */
function emit(run: Run, body: EventBody): void {
  run.bodies.push(body);
  if (run.isDraining) return;
  run.isDraining = true;
  for (let next = run.bodies.shift(); next !== undefined; next = run.bodies.shift()) step(run, next);
  run.isDraining = false;
}

function step(run: Run, body: EventBody): void {
  if (run.isOver || run.schedule.hasEnded) return;
  const event = place(run, body);
  const commands = advance(run.schedule, event);
  run.ports.journal.record(run.order.executionId, event);
  run.ports.onEvent(event, run.order.state);
  for (const command of commands) carryOut(run, command);
}

function place(run: Run, body: EventBody): ExecutionEvent {
  return { ...body, sequence: run.order.state.sequence + 1, at: run.ports.clock.now() } as ExecutionEvent;
}

function carryOut(run: Run, command: Command): void {
  switch (command.kind) {
    case 'start':
      startStep(run, command);
      return;
    case 'record':
      emit(run, command.body);
      return;
    case 'abort':
      abortAll(run);
      return;
    case 'end':
      void writeEnd(run, command.body, 0);
      return;
    case 'hand_over':
      handOver(run, command);
      return;
  }
}

type Start = Extract<Command, { kind: 'start' }>;

function startStep(run: Run, start: Start): void {
  const key = stepKey(start.input, start.step_id);
  const begin = () => callStep(run, start, key);
  if (start.delayMs === 0) begin();
  else run.calls.set(key, run.ports.clock.after(start.delayMs, begin));
}

function callStep(run: Run, start: Start, key: string): void {
  const { order, ports } = run;
  const { input, step_id, attempt } = start;
  const planned = order.plan.steps.get(step_id);
  const prepared = planned === undefined ? undefined : prepareCall(order, order.state, planned, input);
  if (planned === undefined || prepared === undefined) throw new AppError('INTERNAL', { cause: `step ${key} is not in the plan` });
  const parameters = order.parameters.get(step_id) ?? {};
  emit(run, { kind: 'step_started', input, step_id, attempt, parameters });
  const stop = startAttempt({ ...prepared, parameters, attempt }, ports.invoker, ports.clock, (end) => {
    run.calls.delete(key);
    emit(run, end.kind === 'answered' ? completed(start, end.answer, end.elapsedMs) : failed(start, end, planned.retries, run));
  });
  run.calls.set(key, stop);
}

function completed(start: Start, answer: StepAnswer, elapsedMs: number): EventBody {
  const { input, step_id, attempt } = start;
  const { instanceId, serviceMs, handover, output, detections, transform, measures, model, attributes } = answer;
  const result: StepResult = { handover, output, detections, transform, measures, model, attributes };
  return { kind: 'step_completed', input, step_id, attempt, instance_id: instanceId, elapsed_ms: elapsedMs, service_ms: serviceMs, result };
}

function failed(start: Start, end: { readonly error: unknown; readonly elapsedMs: number }, retries: number, run: Run): EventBody {
  const { input, step_id, attempt } = start;
  const facts = { input, step_id, attempt, elapsed_ms: end.elapsedMs, fault: toStepFault(end.error) };
  return judgeFailure(facts, retries, run.order.canFallBack, run.ports.random);
}

function abortAll(run: Run): void {
  const stops = [...run.calls.values()];
  run.calls.clear();
  for (const stop of stops) stop();
}

function handOver(run: Run, { step_id, fault }: Extract<Command, { kind: 'hand_over' }>): void {
  run.isOver = true;
  run.settle({ kind: 'handed_over', step_id, fault });
}

/** Calls under way do not count as attempts: they were stopped, they did not fail. */
function release(run: Run): void {
  if (run.isOver) return;
  if (!run.schedule.hasEnded) {
    const open = [...run.order.state.steps.values()].filter((state) => state.status === 'running');
    abortAll(run);
    for (const { input, step_id, attempts } of open) emit(run, { kind: 'step_reopened', input, step_id, attempts: attempts - 1 });
  }
  run.isOver = true;
  run.stopEnding();
  run.settle({ kind: 'released' });
}

const firstEndDelayMs = 200;
const maxEndDelayMs = 5_000;

/** The work is done: a journal that cannot be reached now is asked again until it can, or until this run is released. */
async function writeEnd(run: Run, body: EventBody, tries: number): Promise<void> {
  const { order, ports } = run;
  const event = place(run, body);
  try {
    const isWritten = await ports.journal.finish(order.executionId, event);
    if (run.isOver) return;
    run.isOver = true;
    if (isWritten) showEnd(run, event);
    run.settle({ kind: isWritten ? 'ended' : 'lost' });
  } catch {
    if (run.isOver) return;
    const delayMs = Math.min(maxEndDelayMs, firstEndDelayMs * 2 ** Math.min(tries, 10));
    run.stopEnding = ports.clock.after(delayMs, () => void writeEnd(run, body, tries + 1));
  }
}

function showEnd(run: Run, event: ExecutionEvent): void {
  applyEvent(run.order.state, event);
  run.ports.onEvent(event, run.order.state);
}

interface Resolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

/** Promise.withResolvers is newer than this package's language level. */
function withResolvers<T>(): Resolvers<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
