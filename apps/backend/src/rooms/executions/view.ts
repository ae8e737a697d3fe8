/** Executions as clients see them. */
import { type ExecutionState, type LocalizedText, progressOf, type StepFault, type StepState } from '@imageflow/core';
import type { Language } from '../../doors/language.ts';
import { downloadUrl } from '../../engine/announcement.ts';
import { type Job, priorityOf } from '../../engine/job.ts';
import type { ExecutionRow, FileRow } from '../../engine/jobs.queries.ts';

/** Everything a client is shown of an execution, wherever it was found. */
export interface ExecutionView {
  readonly job: Omit<Job, 'earlier' | 'cancelledBy' | 'takeovers' | 'toldUpTo'>;
  readonly state: ExecutionState;
  /** Outputs and lossless images, once they are recorded. */
  readonly files: readonly FileRow[];
  readonly queuePosition: number | undefined;
  readonly expectedMs: number | undefined;
  readonly now: number;
}

export function toWireExecution(view: ExecutionView, language: Language) {
  const { job, state, files } = view;
  return {
    ...summaryOf(view, language),
    sequence: state.sequence,
    parameters: { ...job.parameters },
    queue_position: view.queuePosition ?? null,
    rerun_of: job.rerunOf ?? null,
    progress: toWireProgress(view),
    steps: [...state.steps.values()].map((step) => toWireStep(step, job, files, language)),
    input_files: job.inputs.flatMap((input) => (input.row === undefined ? [] : toWireFile(input.row))),
    output_files: files.filter((file) => file.kind === 'output').map(toWireOutput),
  };
}

function summaryOf({ job, state }: ExecutionView, language: Language) {
  return {
    execution_id: job.id,
    pipeline_id: job.definition.pipeline_id,
    pipeline_version: job.version,
    status: state.status,
    execution_mode: state.mode,
    priority: job.priority,
    processing_time_ms: state.startedAt === undefined || state.finishedAt === undefined ? null : state.finishedAt - state.startedAt,
    error: state.fault === undefined ? null : toWireFault(state.fault, state.faultStep, language),
    created_by: job.createdBy ?? null,
    created_at: iso(job.createdAt),
    started_at: isoOrNull(state.startedAt),
    finished_at: isoOrNull(state.finishedAt),
  };
}

function toWireProgress({ state, now, expectedMs }: ExecutionView) {
  const progress = progressOf(state, now, expectedMs);
  const running = [...state.steps.values()].find((step) => step.status === 'running');
  return {
    percentage: progress.percent,
    completed_steps: progress.finishedSteps,
    total_steps: progress.totalSteps,
    current_step: running?.step_id ?? null,
    elapsed_time_ms: progress.elapsedMs,
    estimated_remaining_ms: progress.estimatedRemainingMs ?? null,
  };
}

export function toWireStep(step: StepState, job: Pick<Job, 'definition'>, files: readonly FileRow[], language: Language) {
  const { result } = step;
  const defined = job.definition.steps.find((each) => each.step_id === step.step_id);
  const fileOf = (kind: FileRow['kind']) =>
    files.find((file) => file.kind === kind && file.input === step.input && file.step_id === step.step_id);
  return {
    step_id: step.step_id,
    input: step.input,
    component: `${defined?.service}.${defined?.method}`,
    status: step.status,
    attempts: step.attempts,
    instance_id: step.instanceId ?? null,
    started_at: isoOrNull(step.startedAt),
    finished_at: isoOrNull(step.finishedAt),
    processing_time_ms: step.elapsedMs ?? null,
    service_time_ms: step.serviceMs ?? null,
    parameters: { ...step.parameters },
    output_file_id: fileOf('output')?.id ?? null,
    image_file_id: fileOf('handover')?.id ?? null,
    detections: [...(result?.detections ?? [])],
    measures: { ...result?.measures },
    model: result?.model ?? null,
    attributes: { ...result?.attributes },
    error: step.fault === undefined ? null : toWireFault(step.fault, step.step_id, language),
  };
}

function toWireOutput(file: FileRow) {
  return {
    file_id: file.id,
    filename: file.filename,
    content_type: file.content_type,
    size_bytes: Number(file.size_bytes),
    width: file.width,
    height: file.height,
    input: file.input ?? 0,
    step_id: file.step_id ?? '',
    download_url: downloadUrl(file.id),
  };
}

export function toAnnouncedFile({ id, filename }: FileRow) {
  return { file_id: id, filename, download_url: downloadUrl(id) };
}

function toWireFile(file: FileRow) {
  return {
    file_id: file.id,
    kind: file.kind,
    filename: file.filename,
    content_type: file.content_type,
    size_bytes: Number(file.size_bytes),
    width: file.width,
    height: file.height,
    sha256: file.sha256,
    execution_id: file.execution_id,
    step_id: file.step_id,
    created_by: file.created_by,
    created_at: file.created_at.toISOString(),
    download_url: downloadUrl(file.id),
    thumbnail_url: `/api/v1/files/${file.id}/thumbnail`,
  };
}

/** An entry of a list, from its row alone. */
export function toWireSummary(row: ExecutionRow, language: Language) {
  return {
    execution_id: row.id,
    pipeline_id: row.pipeline_id,
    pipeline_version: row.pipeline_version,
    status: row.status,
    execution_mode: row.execution_mode,
    priority: priorityOf(row.priority),
    processing_time_ms: row.processing_time_ms,
    error: row.fault === null ? null : toWireFault({ ...row.fault, retryable: row.fault.retryable ?? false }, row.fault.step_id, language),
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
    input_count: row.input_files.length,
  };
}

type ShownFault = Pick<StepFault, 'code' | 'retryable' | 'retry_after'> & { readonly message: LocalizedText };

function toWireFault(fault: ShownFault, stepId: string | undefined, language: Language) {
  return {
    code: fault.code,
    message: fault.message[language],
    retryable: fault.retryable,
    retry_after: fault.retry_after ?? null,
    step_id: stepId ?? null,
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function isoOrNull(at: number | undefined): string | null {
  return at === undefined ? null : iso(at);
}
