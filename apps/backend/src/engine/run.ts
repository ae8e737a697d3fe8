/** One execution on this engine: what the core's runner is given, what becomes of its events, and what follows from its end. */

import type { Tracing } from '@imageflow/adapters/tracing';
import {
  assignParameters,
  type Catalogue,
  type Clock,
  type ExecutionEvent,
  type ExecutionState,
  type Journal,
  type ObjectStore,
  type PipelineDefinition,
  type Plan,
  planPipeline,
  type Random,
  type RunEnd,
  type RunOrder,
  runExecution,
  type SchemaCheck,
  type StepInvoker,
} from '@imageflow/core';
import type { Logger } from 'pino';
import type { Metrics } from '../runtime/metrics.ts';
import { announce, downloadUrl, totalTime } from './announcement.ts';
import type { Forecast } from './forecast.ts';
import type { Hub } from './hub.ts';
import { foldJob, type Job, resumeJob } from './job.ts';
import type { FileRow } from './jobs.queries.ts';
import { faultRow } from './journal.queries.ts';
import type { ExecutionJournal } from './journal.ts';
import { createOutputBook, type OutputBook, type OutputFile, toFileRow } from './outputs.ts';
import type { RequestReason } from './requests.ts';
import { recordExecution, traceOf } from './span.ts';

export interface RunNeeds {
  readonly runnerId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly invoker: StepInvoker;
  readonly catalogue: () => Catalogue;
  readonly checkSchema: SchemaCheck;
  readonly journal: ExecutionJournal;
  readonly hub: Hub;
  readonly objects: ObjectStore;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly forecast: Forecast;
  readonly nextId: () => string;
}

export interface Running {
  readonly job: Job;
  readonly state: ExecutionState;
  readonly events: readonly ExecutionEvent[];
  /** Known once the end is written. */
  readonly files: readonly FileRow[];
  /** When everything that follows from the end is done. Never rejects. */
  readonly done: Promise<RunOutcome>;
  cancel(by: string): void;
  release(): void;
}

export type RunOutcome =
  | { readonly kind: 'over' }
  /** This way failed for good; `job` knows all that is done of it. */
  | { readonly kind: 'handed_over'; readonly job: Job; readonly reason: RequestReason };

/** What a run only writes down, instead of running. */
export type Verdict = { readonly kind: 'cancelled'; readonly by: string } | { readonly kind: 'abandoned'; readonly reason: RequestReason };

/** Steps of one execution at the same time; the services have limits of their own. */
const parallelSteps = 4;

export function startRun(job: Job, verdict: Verdict | undefined, needs: RunNeeds): Running {
  const state = resumeJob(job);
  const place: Place = {
    job,
    state,
    events: [...job.earlier],
    files: [],
    outputs: createOutputBook(needs.nextId),
    showEnd: () => undefined,
    plan: planOf(job, needs.catalogue()),
  };
  const run = runExecution(orderOf(place, verdict, needs), {
    invoker: needs.invoker,
    journal: journalOf(place, needs),
    clock: needs.clock,
    random: needs.random,
    onEvent: (event) => {
      if (state.finishedAt !== undefined) tellEnd(place, event);
      measure(place, event, needs);
    },
  });
  const done = run.ended
    .then((end) => conclude(place, end, needs))
    .catch((error: unknown): RunOutcome => {
      needs.logger.error({ err: error, execution_id: job.id }, 'what follows from an end failed');
      return { kind: 'over' };
    });
  return { job, state, events: place.events, files: place.files, done, cancel: run.cancel, release: run.release };
}

interface Place {
  readonly job: Job;
  readonly plan: Plan;
  readonly state: ExecutionState;
  readonly events: ExecutionEvent[];
  readonly files: FileRow[];
  readonly outputs: OutputBook;
  showEnd: () => void;
}

function orderOf({ job, plan, state }: Place, verdict: Verdict | undefined, needs: RunNeeds): RunOrder {
  const { bySteps, output } = assignParameters(job.definition, job.parameters, needs.catalogue(), needs.checkSchema);
  return {
    executionId: job.id,
    plan,
    inputs: job.inputs.map((input) => input.image),
    output,
    traceparent: traceOf(job),
    strategy: job.definition.error_handling.strategy,
    parallel: parallelSteps,
    runnerId: needs.runnerId,
    mode: job.mode,
    parameters: bySteps,
    canFallBack: true,
    state,
    cancelledBy: verdict?.kind === 'cancelled' ? verdict.by : undefined,
    abandoned: verdict?.kind === 'abandoned' ? { fault: verdict.reason.fault, step_id: verdict.reason.stepId } : undefined,
  };
}

/** One plan per definition, kept until the catalogue changes: planning anew for each execution costs more than the memory. */
const plans = new WeakMap<PipelineDefinition, { readonly catalogue: Catalogue; readonly plan: Plan }>();

function planOf({ definition }: Job, catalogue: Catalogue): Plan {
  const known = plans.get(definition);
  if (known?.catalogue === catalogue) return known.plan;
  const plan = planPipeline(definition, catalogue);
  plans.set(definition, { catalogue, plan });
  return plan;
}

/** Shows each event here at once; the bus gets its copy when the event is in the database. */
function journalOf(place: Place, needs: RunNeeds): Journal {
  const { job, state } = place;
  const entryOf = (event: ExecutionEvent, after: ExecutionState, files: readonly OutputFile[]) => {
    const announced = files.filter((file) => file.kind === 'output').map(toAnnounced);
    const announcement = announce(job, event, after, { files: announced, expectedMs: needs.forecast.expectedMs(job) });
    return { announcement, entry: { executionId: job.id, event, onDurable: () => needs.hub.publish(announcement) } };
  };
  return {
    record(_id, event) {
      place.events.push(event);
      const { announcement, entry } = entryOf(event, state, []);
      needs.journal.record(entry);
      needs.hub.show(announcement);
    },
    async finish(_id, event) {
      const after = foldJob(job, [...place.events, event]);
      const files = keepsFiles(job, after) ? place.outputs.of(job, after) : [];
      const { announcement, entry } = entryOf(event, after, files);
      const isWritten = await needs.journal.finish(endingOf(job, after, files), entry);
      if (isWritten) place.files.push(...files.map((file) => toFileRow(file, job, event.at)));
      // Only when the state says so too: whoever hears of the end asks for it at once.
      place.showEnd = () => needs.hub.show(announcement);
      return isWritten;
    },
  };
}

function tellEnd(place: Place, event: ExecutionEvent): void {
  place.events.push(event);
  place.showEnd();
}

function toAnnounced(file: OutputFile) {
  return { file_id: file.id, filename: file.filename, download_url: downloadUrl(file.id) };
}

function keepsFiles(job: Job, state: ExecutionState): boolean {
  return !(state.status === 'failed' && job.definition.error_handling.rollback_enabled);
}

function endingOf(job: Job, state: ExecutionState, files: readonly OutputFile[]) {
  return {
    executionId: job.id,
    status: state.status,
    mode: state.mode,
    fault: faultRow(state),
    startedAt: state.startedAt,
    finishedAt: state.finishedAt ?? 0,
    processingTimeMs: state.startedAt === undefined ? undefined : totalTime(state),
    files,
    createdBy: job.createdBy,
  };
}

function measure({ plan, state }: Place, event: ExecutionEvent, { metrics }: RunNeeds): void {
  if (event.kind === 'step_completed' || event.kind === 'step_failed' || event.kind === 'step_retrying') {
    const component = plan.steps.get(event.step_id)?.component ?? 'unknown';
    metrics.stepFinished(component, event.kind === 'step_completed' ? 'completed' : 'failed', event.elapsed_ms / 1000);
  }
  if (state.finishedAt !== undefined) metrics.executionFinished(state.status, state.mode, totalTime(state) / 1000);
}

async function conclude(place: Place, end: RunEnd, needs: RunNeeds): Promise<RunOutcome> {
  const { job, state } = place;
  const facts = { execution_id: job.id, pipeline_id: job.definition.pipeline_id, traceparent: job.traceparent };
  switch (end.kind) {
    case 'ended':
      needs.forecast.learn(job, state);
      recordExecution(needs.tracing, job, state);
      needs.logger.info({ ...facts, status: state.status, code: state.fault?.code, elapsed_ms: totalTime(state) }, 'execution ended');
      if (!keepsFiles(job, state)) await removeObjects(needs.objects, job.id);
      return { kind: 'over' };
    case 'lost':
      needs.logger.warn(facts, 'another engine has taken this execution over');
      return { kind: 'over' };
    case 'released':
      needs.logger.info(facts, 'execution left for another engine');
      return { kind: 'over' };
    case 'handed_over':
      needs.logger.warn({ ...facts, step_id: end.step_id, code: end.fault.code }, 'execution handed to the queue');
      return {
        kind: 'handed_over',
        job: { ...job, earlier: [...place.events] },
        reason: { fault: end.fault, stepId: end.step_id },
      };
  }
}

async function removeObjects(objects: ObjectStore, executionId: string): Promise<void> {
  for await (const key of objects.list(`executions/${executionId}/`)) await objects.delete(key);
}
