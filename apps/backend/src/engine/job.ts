/** An accepted execution, as the engine holds it while it waits and runs. Immutable: what happens to it are events. */
import {
  applyEvent,
  createState,
  type ExecutionEvent,
  type ExecutionState,
  type ImageReference,
  type PipelineDefinition,
  type Priority,
  type RunMode,
  type StepFault,
} from '@imageflow/core';
import type { FileRow } from './file-row.ts';

export interface InputFile {
  readonly id: string;
  readonly filename: string;
  readonly image: ImageReference;
  /** Undefined: it was deleted. */
  readonly row: FileRow | undefined;
}

export interface Job {
  readonly id: string;
  /** The pipeline's UUID; its version is pinned. */
  readonly pipeline: string;
  readonly version: number;
  readonly definition: PipelineDefinition;
  readonly priority: Priority;
  readonly mode: RunMode;
  /** As given with the execution. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly inputs: readonly InputFile[];
  readonly traceparent: string | undefined;
  readonly createdBy: string | undefined;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly rerunOf: string | undefined;
  /** Who asked for its cancellation while nobody could. */
  readonly cancelledBy: string | undefined;
  /** How often its engine died while it ran. */
  readonly takeovers: number;
  /** Numbers of events up to this one may be known to clients, although the journal does not have them: they are not given again. */
  readonly toldUpTo: number;
  /** What the journal knows of it, oldest first. */
  readonly earlier: readonly ExecutionEvent[];
}

/** The state from the journal; the next event gets a sequence number that no client can have seen. */
export function resumeJob(job: Job): ExecutionState {
  const state = foldJob(job, job.earlier);
  state.sequence = Math.max(state.sequence, job.toldUpTo);
  return state;
}

export function foldJob(job: Pick<Job, 'definition' | 'inputs' | 'mode'>, events: readonly ExecutionEvent[]): ExecutionState {
  const state = createState(
    job.definition.steps.map((step) => step.step_id),
    job.inputs.length,
    job.mode,
  );
  for (const event of events) applyEvent(state, event);
  return state;
}

export interface Fallback {
  /** The service whose step failed. */
  readonly service: string;
  readonly stepId: string;
  readonly fault: StepFault;
  /** Failed rounds, without those in which no instance was free or the store was down. */
  readonly rounds: number;
  /** How many failed because the object store was away. */
  readonly storeRounds: number;
}

/** Undefined while no way of running it has failed. */
export function lastFallback(job: Job): Fallback | undefined {
  const rounds = job.earlier.filter((event) => event.kind === 'fallback_requested');
  const last = rounds.at(-1);
  if (last === undefined) return undefined;
  const service = job.definition.steps.find((step) => step.step_id === last.step_id)?.service ?? '';
  const byStore = rounds.filter((event) => isStoreAway(event.fault)).length;
  const unstarted = rounds.filter((event) => event.fault.is_unstarted === true && !isStoreAway(event.fault)).length;
  return { service, stepId: last.step_id, fault: last.fault, rounds: rounds.length - unstarted - byStore, storeRounds: byStore };
}

export function isStoreAway({ code }: StepFault): boolean {
  return code === 'STORE_UNAVAILABLE';
}

const priorities = ['high', 'normal', 'low'] as const satisfies readonly Priority[];

/** As the table keeps it: in the order in which they run. */
export function priorityRank(priority: Priority): number {
  return priorities.indexOf(priority);
}

export function priorityOf(rank: number): Priority {
  return priorities[rank] ?? 'normal';
}
