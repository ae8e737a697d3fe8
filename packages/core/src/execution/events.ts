/**
 * The events of an execution, in order of `sequence` (from 1). State is folded from them; WebSocket messages and the topic
 * `pipeline-progress` are made from them.
 */

import type { Detection, ImageReference, Measures, ModelIdentity, Transform } from '../pipeline/data.ts';
import type { LocalizedText } from '../text.ts';

export type ExecutionStatus = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
export type StepStatus = 'pending' | 'running' | 'completed' | 'failed' | 'skipped' | 'cancelled';
/** How an execution was run. */
export type RunMode = 'direct_grpc' | 'kafka_queue' | 'kafka_fallback';

export interface StepFault {
  /** Catalogue code, e.g. "STEP_TIMEOUT". */
  readonly code: string;
  readonly message: LocalizedText;
  readonly retryable: boolean;
  /** Seconds after which another try can help. */
  readonly retry_after?: number | undefined;
  /** No instance could take the call: says nothing of the work itself. */
  readonly is_unstarted?: true | undefined;
}

/** Outcome of a step that succeeded. */
export interface StepResult {
  readonly handover: ImageReference | undefined;
  readonly output: ImageReference | undefined;
  readonly detections: readonly Detection[];
  readonly transform: Transform;
  readonly measures: Measures;
  readonly model: ModelIdentity | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface EventBase {
  readonly sequence: number;
  /** Epoch ms. */
  readonly at: number;
}

/** `input` is the index of the input file, from 0. */
interface StepEventBase extends EventBase {
  readonly input: number;
  readonly step_id: string;
  readonly attempt: number;
}

export type ExecutionEvent =
  | (EventBase & { readonly kind: 'execution_accepted' })
  | (EventBase & { readonly kind: 'execution_started'; readonly runner_id: string; readonly mode: RunMode })
  | (StepEventBase & { readonly kind: 'step_started'; readonly parameters: Readonly<Record<string, unknown>> })
  | (StepEventBase & {
      readonly kind: 'step_completed';
      readonly instance_id: string;
      readonly elapsed_ms: number;
      readonly service_ms: number;
      readonly result: StepResult;
    })
  | (StepEventBase & { readonly kind: 'step_retrying'; readonly fault: StepFault; readonly delay_ms: number; readonly elapsed_ms: number })
  | (StepEventBase & { readonly kind: 'step_failed'; readonly fault: StepFault; readonly elapsed_ms: number })
  | (EventBase & { readonly kind: 'step_skipped'; readonly input: number; readonly step_id: string; readonly reason: string })
  /** Waits again, with only `attempts` counted: the engine stopped in an orderly way, or its stored image was lost. */
  | (EventBase & { readonly kind: 'step_reopened'; readonly input: number; readonly step_id: string; readonly attempts: number })
  | (EventBase & { readonly kind: 'cancel_requested'; readonly by: string })
  /** This way of running failed for good; the queue takes it from here, with every attempt counted anew. */
  | (EventBase & { readonly kind: 'fallback_requested'; readonly step_id: string; readonly fault: StepFault })
  | (EventBase & { readonly kind: 'execution_completed' })
  | (EventBase & { readonly kind: 'execution_failed'; readonly fault: StepFault; readonly step_id: string | undefined })
  | (EventBase & { readonly kind: 'execution_cancelled'; readonly by: string });

/** An event before it has its place in the journal. */
export type EventBody = ExecutionEvent extends infer E ? (E extends EventBase ? Omit<E, 'sequence' | 'at'> : never) : never;

export function isTerminal(status: ExecutionStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
