/** An execution run again: same inputs, same pinned version; whole, or from one step on. */
import {
  AppError,
  ancestorsOf,
  type ExecutionEvent,
  type ImageReference,
  isTerminal,
  type ObjectStore,
  type Priority,
  type StepState,
} from '@imageflow/core';
import type { Caller } from '../../doors/caller.ts';
import { foldJob, type Job } from '../../engine/job.ts';
import { type AcceptNeeds, modeOf, refuseFaults } from './accept.ts';

export interface RerunRequest {
  readonly from_step?: string | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly priority?: Priority | undefined;
}

/** @throws AppError CONFLICT while the old one has not ended, VALIDATION_ERROR, PIPELINE_INVALID when a component is gone */
export async function createRerun(
  old: Job,
  request: RerunRequest,
  caller: Pick<Caller, 'userId'>,
  traceparent: string | undefined,
  needs: AcceptNeeds & { readonly objects: ObjectStore },
): Promise<Job> {
  const { definition } = old;
  refuseUnended(old);
  refuseUnknownStep(old, request.from_step);
  const parameters = request.parameters ?? old.parameters;
  refuseFaults(definition, parameters, needs);
  const now = needs.clock.now();
  const kept = request.from_step === undefined ? [] : await keptSteps(old, request.from_step, needs.objects);
  return {
    ...old,
    id: needs.ids.next(),
    priority: request.priority ?? old.priority,
    mode: modeOf(definition, needs.hasRoom),
    parameters,
    traceparent,
    createdBy: caller.userId,
    createdAt: now,
    rerunOf: old.id,
    cancelledBy: undefined,
    takeovers: 0,
    toldUpTo: kept.length + 1,
    earlier: [{ kind: 'execution_accepted', sequence: 1, at: now }, ...kept.map((step, index) => toEvent(step, index + 2, now))],
  };
}

/** Completed, not behind the step, and nothing of theirs is missing: an image that leaves the pipeline belongs to one execution and is made anew. */
async function keptSteps(old: Job, fromStep: string, objects: ObjectStore): Promise<readonly StepState[]> {
  const { steps } = old.definition;
  const behind = new Set(steps.filter((step) => ancestorsOf(steps, step.step_id).has(fromStep)).map((step) => step.step_id));
  const state = foldJob(old, old.earlier);
  const candidates = [...state.steps.values()].filter(
    (step) => step.status === 'completed' && step.result?.output === undefined && step.step_id !== fromStep && !behind.has(step.step_id),
  );
  const there = await Promise.all(candidates.map((step) => isKept(step.result?.handover, objects)));
  return candidates.filter((_, index) => there[index]);
}

async function isKept(image: ImageReference | undefined, objects: ObjectStore): Promise<boolean> {
  return image === undefined || (await objects.head(image.key)) !== undefined;
}

function toEvent(step: StepState, sequence: number, at: number): ExecutionEvent {
  const { result, input, step_id, instanceId = '', elapsedMs = 0, serviceMs = 0 } = step;
  if (result === undefined) throw new AppError('INTERNAL', { cause: new Error('a completed step has a result') });
  const times = { elapsed_ms: elapsedMs, service_ms: serviceMs };
  return { kind: 'step_completed', sequence, at, input, step_id, attempt: 0, instance_id: instanceId, ...times, result };
}

function refuseUnended(old: Job): void {
  const { status } = foldJob(old, old.earlier);
  if (isTerminal(status)) return;
  throw new AppError('CONFLICT', {
    detail: {
      ja: `実行 ${old.id} はまだ終わっていません。終了を待つか、キャンセルしてください`,
      en: `The execution ${old.id} has not ended. Wait for its end, or cancel it`,
    },
  });
}

function refuseUnknownStep({ definition }: Job, stepId: string | undefined): void {
  if (stepId === undefined || definition.steps.some((step) => step.step_id === stepId)) return;
  const known = definition.steps.map((step) => step.step_id).join(', ');
  const message = {
    ja: `ステップ「${stepId}」はありません。あるのは ${known} です`,
    en: `There is no step "${stepId}"; there are ${known}`,
  };
  throw new AppError('VALIDATION_ERROR', { detail: message, faults: [{ field: 'from_step', message, value: stepId }] });
}
