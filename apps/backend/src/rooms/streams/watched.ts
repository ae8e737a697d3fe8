/** A stream that can be watched: one that runs here, or one that another backend runs. */
import type { StreamFigures, StreamState } from '@imageflow/contract';
import type { AppError, LocalizedText } from '@imageflow/core';
import type { LiveAnswer, LiveFrame } from './live/stream.ts';

export interface StreamError {
  readonly code: string;
  readonly message: LocalizedText;
}

export interface RunnerStatus {
  readonly state: StreamState;
  readonly since: number;
  readonly error: StreamError | null;
  readonly nextTryAt: number | null;
  readonly reconnects: number;
  readonly figures: StreamFigures;
}

/** Whoever watches; nothing of it may throw. */
export interface Watcher {
  onAnswer?(answer: LiveAnswer): void;
  /** A frame that goes through no pipeline, since that is not running. */
  onPlain?(frame: Uint8Array): void;
  onStatus?(status: RunnerStatus): void;
}

export interface Watched {
  readonly row: { readonly id: string; readonly pipeline_id: string };
  status(): RunnerStatus;
  /** Answers how to stop watching. */
  watch(watcher: Watcher): () => void;
}

/** One that sees the frames themselves must be where the stream runs. */
export interface NearWatcher extends Watcher {
  onFrame?(frame: LiveFrame): void;
}

export function toStreamError({ code, detail }: AppError): StreamError {
  return { code, message: detail };
}
