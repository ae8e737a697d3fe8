/**
 * What happens to an execution, as others are told: the value of the topic `pipeline-progress`, and in a client's language the messages of
 * /ws/execution/{id}.
 */
import {
  type ExecutionEvent,
  type ExecutionState,
  type Language,
  type LocalizedText,
  progressOf,
  type RunMode,
  serviceTitle,
} from '@imageflow/core';
import type { Job } from './job.ts';

export interface AnnouncedFile {
  readonly file_id: string;
  readonly filename: string;
  readonly download_url: string;
}

interface AnnouncementBase {
  readonly execution_id: string;
  readonly pipeline_id: string;
  /** Of the event in the journal; from 1, without gaps. */
  readonly sequence: number;
  readonly timestamp: string;
  readonly execution_mode: RunMode;
}

export interface ProgressAnnouncement extends AnnouncementBase {
  readonly type: 'progress';
  readonly status: StepWord;
  readonly step_id: string | null;
  readonly progress: number;
  readonly data: {
    readonly current_component: string | null;
    readonly elapsed_time_ms: number;
    readonly estimated_remaining_ms: number | null;
    readonly input?: number;
    readonly attempt?: number;
    /** Why the step is tried again, was skipped or failed. */
    readonly reason?: LocalizedText;
  };
}

export interface CompletedAnnouncement extends AnnouncementBase {
  readonly type: 'completed';
  readonly status: 'completed';
  readonly total_time_ms: number;
  readonly output_files: readonly AnnouncedFile[];
}

export interface ErrorAnnouncement extends AnnouncementBase {
  readonly type: 'error';
  readonly status: 'failed' | 'cancelled';
  readonly step_id: string | null;
  readonly error: { readonly code: string; readonly message: LocalizedText; readonly retry_after?: number };
  /** The pipeline asks for people to be told (error_handling.notification_on_failure). */
  readonly notify: boolean;
}

export type Announcement = ProgressAnnouncement | CompletedAnnouncement | ErrorAnnouncement;

/** What a progress message is about. */
type StepWord = 'queued' | 'processing' | 'completed' | 'retrying' | 'failed' | 'skipped' | 'cancelling' | 'requeued';

const words: Readonly<Partial<Record<ExecutionEvent['kind'], StepWord>>> = {
  execution_accepted: 'queued',
  execution_started: 'processing',
  step_started: 'processing',
  step_completed: 'completed',
  step_retrying: 'retrying',
  step_failed: 'failed',
  step_skipped: 'skipped',
  step_reopened: 'requeued',
  cancel_requested: 'cancelling',
  fallback_requested: 'requeued',
};

export const cancelledText: LocalizedText = { ja: '実行はキャンセルされました', en: 'The execution was cancelled' };

export interface AnnouncementNeeds {
  readonly files: readonly AnnouncedFile[];
  /** How long earlier runs took, when known. */
  readonly expectedMs: number | undefined;
}

/** `state` is the state after the event. */
export function announce(
  job: Pick<Job, 'id' | 'definition'>,
  event: ExecutionEvent,
  state: ExecutionState,
  { files, expectedMs }: AnnouncementNeeds,
): Announcement {
  const base = {
    execution_id: job.id,
    pipeline_id: job.definition.pipeline_id,
    sequence: event.sequence,
    timestamp: new Date(event.at).toISOString(),
    execution_mode: state.mode,
  };
  switch (event.kind) {
    case 'execution_completed':
      return { ...base, type: 'completed', status: 'completed', total_time_ms: totalTime(state), output_files: files };
    case 'execution_failed': {
      const { code, message, retry_after } = event.fault;
      const error = { code, message, ...(retry_after !== undefined && { retry_after }) };
      const notify = job.definition.error_handling.notification_on_failure;
      return { ...base, type: 'error', status: 'failed', step_id: event.step_id ?? null, error, notify };
    }
    case 'execution_cancelled':
      return {
        ...base,
        type: 'error',
        status: 'cancelled',
        step_id: null,
        error: { code: 'CANCELLED', message: cancelledText },
        notify: false,
      };
    default:
      return { ...base, type: 'progress', ...describeProgress(job, event, state, expectedMs) };
  }
}

function describeProgress(
  job: Pick<Job, 'definition'>,
  event: ExecutionEvent,
  state: ExecutionState,
  expectedMs: number | undefined,
): Pick<ProgressAnnouncement, 'status' | 'step_id' | 'progress' | 'data'> {
  const progress = progressOf(state, event.at, expectedMs);
  const stepId = 'step_id' in event && event.step_id !== undefined ? event.step_id : null;
  const service = job.definition.steps.find((step) => step.step_id === stepId)?.service;
  const reason = 'fault' in event ? event.fault.message : undefined;
  return {
    status: words[event.kind] ?? 'processing',
    step_id: stepId,
    progress: progress.percent,
    data: {
      current_component: service === undefined ? null : serviceTitle(service),
      elapsed_time_ms: progress.elapsedMs,
      estimated_remaining_ms: progress.estimatedRemainingMs ?? null,
      ...('input' in event && { input: event.input }),
      ...('attempt' in event && { attempt: event.attempt }),
      ...(reason !== undefined && { reason }),
    },
  };
}

export function totalTime(state: ExecutionState): number {
  return state.startedAt === undefined || state.finishedAt === undefined ? 0 : state.finishedAt - state.startedAt;
}

export function isLast(announcement: Announcement): boolean {
  return announcement.type !== 'progress';
}

/** Makes a message of /ws/execution/{id}. */
export function toSocketMessage(announcement: Announcement, language: Language): object {
  const { type, execution_id, sequence, timestamp } = announcement;
  switch (announcement.type) {
    case 'progress': {
      const { step_id, progress, status, data } = announcement;
      const { reason, ...rest } = data;
      const worded = { ...rest, ...(reason !== undefined && { reason: reason[language] }) };
      return { type, execution_id, step: step_id, progress, status, timestamp, data: worded, sequence };
    }
    case 'completed': {
      const { total_time_ms, output_files } = announcement;
      return { type, execution_id, total_time_ms, output_files, timestamp, sequence };
    }
    case 'error': {
      const { code, message, ...rest } = announcement.error;
      return { type, execution_id, error: { code, message: message[language], ...rest }, timestamp, sequence };
    }
  }
}

/** A value of the topic, from this or another backend. Undefined for one that is none of ours. */
export function parseAnnouncement(value: unknown): Announcement | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, execution_id, sequence } = value as Partial<Announcement>;
  const isKnown = type === 'progress' || type === 'completed' || type === 'error';
  // The topic is written by backends only; type, id and sequence are what this program relies on.
  return isKnown && typeof execution_id === 'string' && Number.isInteger(sequence) ? (value as Announcement) : undefined;
}

export function downloadUrl(fileId: string): string {
  return `/api/v1/files/${fileId}/download`;
}
