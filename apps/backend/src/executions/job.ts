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
} from '@imageflow/core';

export interface InputFile {
  readonly id: string;
  readonly filename: string;
  readonly image: ImageReference;
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
  /** What the journal knows of it, oldest first. */
  readonly earlier: readonly ExecutionEvent[];
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

const priorities = ['high', 'normal', 'low'] as const satisfies readonly Priority[];

/** As the table keeps it: in the order in which they run. */
export function priorityRank(priority: Priority): number {
  return priorities.indexOf(priority);
}

export function priorityOf(rank: number): Priority {
  return priorities[rank] ?? 'normal';
}
