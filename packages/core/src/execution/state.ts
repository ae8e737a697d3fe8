/**
 * The state of an execution, folded from its events.
 *
 *   pending ◄─► running ──► completed | failed | cancelled        an execution; the last three are final, back means handed to the queue
 *   pending ──► running ──► completed | failed                    a step of one input; a retry keeps it running
 *           └─► skipped           └─► cancelled | pending (reopened)
 */
import type { ExecutionEvent, ExecutionStatus, RunMode, StepFault, StepResult, StepStatus } from './events.ts';

export interface StepState {
  readonly input: number;
  readonly step_id: string;
  status: StepStatus;
  /** Attempts begun. */
  attempts: number;
  /** Epoch ms of the last attempt's begin. */
  startedAt: number | undefined;
  finishedAt: number | undefined;
  elapsedMs: number | undefined;
  serviceMs: number | undefined;
  instanceId: string | undefined;
  parameters: Readonly<Record<string, unknown>> | undefined;
  result: StepResult | undefined;
  /** Of the last failed attempt. */
  fault: StepFault | undefined;
}

/** Changed in place by `applyEvent`: an execution can have 16,000 steps, and a copy for each event would be quadratic. */
export interface ExecutionState {
  status: ExecutionStatus;
  mode: RunMode;
  sequence: number;
  acceptedAt: number | undefined;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  cancelledBy: string | undefined;
  fault: StepFault | undefined;
  faultStep: string | undefined;
  /** How often an engine began with it. */
  starts: number;
  /** How often a way of running it failed for good and the queue took it. */
  fallbacks: number;
  /** Steps that have ended, of `steps.size`. */
  finished: number;
  /** By stepKey, input by input. */
  readonly steps: Map<string, StepState>;
}

export function stepKey(input: number, stepId: string): string {
  return `${input}/${stepId}`;
}

export function createState(stepIds: Iterable<string>, inputs: number, mode: RunMode = 'direct_grpc'): ExecutionState {
  const ids = [...stepIds];
  const steps = new Map<string, StepState>();
  for (let input = 0; input < inputs; input += 1) {
    for (const id of ids) steps.set(stepKey(input, id), pendingStep(input, id));
  }
  return {
    status: 'pending',
    mode,
    sequence: 0,
    acceptedAt: undefined,
    startedAt: undefined,
    finishedAt: undefined,
    cancelledBy: undefined,
    fault: undefined,
    faultStep: undefined,
    starts: 0,
    fallbacks: 0,
    finished: 0,
    steps,
  };
}

/** Folds one more event. Events of steps that the pipeline does not have are ignored. */
export function applyEvent(state: ExecutionState, event: ExecutionEvent): void {
  state.sequence = event.sequence;
  if ('step_id' in event && 'input' in event) {
    const step = state.steps.get(stepKey(event.input, event.step_id));
    if (step !== undefined) applyStepEvent(state, step, event);
    return;
  }
  switch (event.kind) {
    case 'execution_accepted':
      state.acceptedAt = event.at;
      return;
    case 'execution_started':
      state.status = 'running';
      state.startedAt ??= event.at;
      state.mode = event.mode;
      state.starts += 1;
      return;
    case 'cancel_requested':
      state.cancelledBy ??= event.by;
      return;
    case 'fallback_requested':
      if (state.mode === 'direct_grpc') state.mode = 'kafka_fallback';
      state.fallbacks += 1;
      state.status = 'pending';
      for (const step of state.steps.values()) if (step.status === 'running' || step.status === 'failed') reopen(state, step, 0);
      return;
    case 'execution_completed':
      end(state, 'completed', event.at);
      return;
    case 'execution_failed':
      state.fault = event.fault;
      state.faultStep = event.step_id;
      end(state, 'failed', event.at);
      return;
    case 'execution_cancelled':
      state.cancelledBy ??= event.by;
      end(state, 'cancelled', event.at);
      return;
  }
}

type StepEvent = Extract<ExecutionEvent, { readonly input: number }>;

function applyStepEvent(state: ExecutionState, step: StepState, event: StepEvent): void {
  switch (event.kind) {
    case 'step_started':
      step.status = 'running';
      step.attempts = event.attempt;
      step.startedAt = event.at;
      step.parameters = event.parameters;
      return;
    case 'step_completed':
      step.result = event.result;
      step.instanceId = event.instance_id;
      step.serviceMs = event.service_ms;
      step.fault = undefined;
      finishStep(state, step, 'completed', event.at, event.elapsed_ms);
      return;
    case 'step_retrying':
      step.fault = event.fault;
      step.elapsedMs = event.elapsed_ms;
      return;
    case 'step_failed':
      step.fault = event.fault;
      step.attempts = event.attempt;
      finishStep(state, step, 'failed', event.at, event.elapsed_ms);
      return;
    case 'step_skipped':
      finishStep(state, step, 'skipped', event.at, undefined);
      return;
    case 'step_reopened':
      reopen(state, step, event.attempts);
      return;
  }
}

function finishStep(state: ExecutionState, step: StepState, status: StepStatus, at: number, elapsedMs: number | undefined): void {
  if (!hasEnded(step)) state.finished += 1;
  step.status = status;
  step.finishedAt = at;
  step.elapsedMs = elapsedMs;
}

function reopen(state: ExecutionState, step: StepState, attempts: number): void {
  if (hasEnded(step)) state.finished -= 1;
  Object.assign(step, pendingStep(step.input, step.step_id), { attempts });
}

/** Steps that an end catches in their course were cancelled; those it never let begin were skipped. */
function end(state: ExecutionState, status: ExecutionStatus, at: number): void {
  for (const step of state.steps.values()) {
    if (!hasEnded(step)) finishStep(state, step, step.status === 'running' ? 'cancelled' : 'skipped', at, undefined);
  }
  state.status = status;
  state.finishedAt = at;
}

export function hasEnded(step: StepState): boolean {
  return step.status !== 'pending' && step.status !== 'running';
}

function pendingStep(input: number, stepId: string): StepState {
  return {
    input,
    step_id: stepId,
    status: 'pending',
    attempts: 0,
    startedAt: undefined,
    finishedAt: undefined,
    elapsedMs: undefined,
    serviceMs: undefined,
    instanceId: undefined,
    parameters: undefined,
    result: undefined,
    fault: undefined,
  };
}
