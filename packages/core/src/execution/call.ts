/** What a step is called with: image, detections, where its outputs go. */
import type { Detection, ImageReference, Transform } from '../pipeline/data.ts';
import type { OutputSettings } from '../pipeline/definition.ts';
import type { Plan, PlannedStep } from '../pipeline/plan.ts';
import type { StepCall } from '../ports.ts';
import { type ExecutionState, stepKey } from './state.ts';

export interface CallSettings {
  readonly executionId: string;
  readonly plan: Plan;
  readonly inputs: readonly ImageReference[];
  readonly output: OutputSettings;
  readonly traceparent: string | undefined;
}

/** Everything a call needs but its parameters and attempt. All steps that `step` depends on have completed. */
export function prepareCall(
  settings: CallSettings,
  state: ExecutionState,
  step: PlannedStep,
  input: number,
): Omit<StepCall, 'parameters' | 'attempt'> | undefined {
  const original = settings.inputs[input];
  if (original === undefined) return undefined;
  const source = findImage(settings.plan, state, step.imageFrom, input);
  const format = settings.output.format ?? formatOf(original.contentType);
  return {
    executionId: settings.executionId,
    stepId: step.step_id,
    component: step.component,
    image: source?.image ?? original,
    transform: source?.transform,
    detections: collectDetections(state, step, input),
    handoverKey: step.needsHandover ? handoverKey(settings.executionId, input, step.step_id) : undefined,
    output: step.leavesPipeline
      ? { key: outputKey(settings.executionId, input, step.step_id, format), format, quality: settings.output.quality }
      : undefined,
    timeoutMs: step.timeoutMs,
    traceparent: settings.traceparent,
  };
}

/** Keys follow from the place in the execution: a step that runs again overwrites what it stored before. */
export function handoverKey(executionId: string, input: number, stepId: string): string {
  return `executions/${executionId}/${input}/${stepId}.ppm`;
}

export function outputKey(executionId: string, input: number, stepId: string, format: string): string {
  return `executions/${executionId}/${input}/${stepId}.${format === 'jpeg' ? 'jpg' : format}`;
}

/** A step whose component turned out to make no image passed its own source on. */
function findImage(
  plan: Plan,
  state: ExecutionState,
  stepId: string | undefined,
  input: number,
): { readonly image: ImageReference; readonly transform: Transform } | undefined {
  let id = stepId;
  while (id !== undefined) {
    const result = state.steps.get(stepKey(input, id))?.result;
    if (result?.handover !== undefined) return { image: result.handover, transform: result.transform };
    id = plan.steps.get(id)?.imageFrom;
  }
  return undefined;
}

/** Those of all dependencies, each once: branches bring the detections of their common origin twice. */
function collectDetections(state: ExecutionState, step: PlannedStep, input: number): readonly Detection[] {
  const lists = step.depends_on.map((id) => state.steps.get(stepKey(input, id))?.result?.detections ?? []);
  if (lists.length < 2) return lists[0] ?? [];
  return [...new Map(lists.flat().map((detection) => [JSON.stringify(detection), detection])).values()];
}

/** What can be written stays as it was; the rest becomes JPEG. */
function formatOf(contentType: string): string {
  const format = contentType.replace(/^image\//, '');
  return ['jpeg', 'png', 'webp', 'avif', 'tiff'].includes(format) ? format : 'jpeg';
}
