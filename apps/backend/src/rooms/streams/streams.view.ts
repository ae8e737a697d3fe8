/** Streams and archived frames as documents. */
import type { FoundCamera } from '@imageflow/adapters/video';
import type { StreamFigures, StreamState } from '@imageflow/contract';
import type { LocalizedText } from '@imageflow/core';
import type { Language } from '../../doors/language.ts';
import type { ArchiveRow } from './archive.queries.ts';
import type { StreamRow } from './streams.queries.ts';
import { archiveOf, type StreamView } from './streams.service.ts';
import type { RunnerStatus } from './watched.ts';

export function toWireStream(view: StreamView, language: Language) {
  const { row } = view;
  const { id, name, source, pipeline_id, parameters, max_fps, enabled, created_by } = row;
  return {
    id,
    name,
    source: { ...source, has_credentials: row.credentials !== null },
    pipeline_id,
    parameters,
    max_fps,
    archive: archiveOf(row),
    enabled,
    status: toWireStatus(view, language),
    created_by,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

interface Told {
  readonly state: StreamState;
  readonly since: number;
  readonly error: { readonly code: string; readonly message: LocalizedText } | null;
  readonly nextTryAt: number | null;
  readonly reconnects: number;
  readonly figures: StreamFigures | null;
}

const untold: Told = { state: 'connecting', since: 0, error: null, nextTryAt: null, reconnects: 0, figures: null };

export function toWireStatus({ row, runner }: StreamView, language: Language) {
  const told = toTold(row, runner?.status());
  return {
    state: told.state,
    since: told.since === 0 ? null : new Date(told.since).toISOString(),
    error: told.error === null ? null : { code: told.error.code, message: told.error.message[language] },
    next_try_at: told.nextTryAt === null ? null : new Date(told.nextTryAt).toISOString(),
    reconnects: told.reconnects,
    runner_id: row.enabled ? row.runner_id : null,
    figures: told.figures,
  };
}

function toTold(row: StreamRow, live: RunnerStatus | undefined): Told {
  if (live !== undefined) return live;
  // Written by the runner of this very version, or of one close to it.
  const last = (row.status as Told | null) ?? untold;
  if (!row.enabled) return { ...last, state: 'stopped', error: null, nextTryAt: null };
  return row.runner_id === null ? { ...last, state: 'connecting' } : last;
}

export function toWireArchived(row: ArchiveRow) {
  const { id, stream_id, pipeline_id, pipeline_version, frame_id, reason, classes, max_confidence, width, height, size_bytes } = row;
  const address = `/api/v1/streams/${stream_id}/archive/${id}`;
  return {
    id,
    stream_id,
    pipeline_id,
    pipeline_version,
    frame_id,
    captured_at: row.captured_at.toISOString(),
    reason,
    classes,
    max_confidence,
    detections: row.detections as never[],
    width,
    height,
    size_bytes,
    image_url: `${address}/image`,
    thumbnail_url: `${address}/thumbnail`,
    clip_url: row.clip_key === null ? null : `${address}/clip`,
  };
}

export function toWireFound({ address, name, model, location }: FoundCamera) {
  return { address, name: name || null, model: model || null, location: location || null };
}
