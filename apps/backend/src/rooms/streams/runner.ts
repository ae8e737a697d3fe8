/**
 * Runs one stream: reads its source, sends the frames through the pipeline, tells who watches.
 * States: connecting → running → (lost) waiting → connecting …; failed: an error that trying again does not cure; ended: a file that is over.
 * A new source, or a wish to open it anew, begins at connecting.
 */

import { openReader, type Reader, type VideoSource } from '@imageflow/adapters/video';
import type { StreamState } from '@imageflow/contract';
import { AppError, type Clock } from '@imageflow/core';
import type { Logger } from 'pino';
import type { VideoConnections } from './live/connection.ts';
import { createLiveStream, type LiveAnswer } from './live/stream.ts';
import type { StreamRow } from './streams.queries.ts';
import { type NearWatcher, type RunnerStatus, type StreamError, toStreamError, type Watched } from './watched.ts';

export interface Runner extends Watched {
  readonly row: StreamRow;
  /** A changed row. */
  apply(row: StreamRow): void;
  watch(watcher: NearWatcher): () => void;
  /** Resolves when its process is gone. */
  close(): Promise<void>;
}

export interface RunnerNeeds {
  readonly connections: VideoConnections;
  readonly clock: Clock;
  readonly logger: Logger;
  /** @throws AppError FFMPEG_MISSING */
  readonly ffmpeg: () => Promise<string>;
  /** @throws AppError when it cannot be opened at all */
  readonly sourceOf: (row: StreamRow, signal: AbortSignal) => Promise<VideoSource>;
}

const firstRetryMs = 500;
const maxRetryMs = 30_000;
/** Cameras lock out who tries a wrong password too often. */
const loginRetryMs = 60_000;
/** A source that has shown pictures for so long is tried again at once when it is lost: cameras exist that drop every few seconds. */
const steadyMs = 2_000;

export function startRunner(row: StreamRow, needs: RunnerNeeds): Runner {
  const runner = new StreamRunner(row, needs);
  runner.begin();
  return runner;
}

class StreamRunner implements Runner {
  row: StreamRow;
  readonly #needs: RunnerNeeds;
  readonly #live: ReturnType<typeof createLiveStream>;
  readonly #watchers = new Set<NearWatcher>();
  readonly #ticking: NodeJS.Timeout;
  #state: StreamState = 'connecting';
  #since: number;
  #error: StreamError | null = null;
  #liveError: StreamError | null = null;
  #nextTryAt: number | null = null;
  #reconnects = 0;
  #failures = 0;
  #frames = 0;
  #isClosed = false;
  /** Ends the question where the source is. */
  #opening = new AbortController();
  #reader: Reader | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Ends a wait. */
  #wake: () => void = () => undefined;

  constructor(row: StreamRow, needs: RunnerNeeds) {
    this.row = row;
    this.#needs = needs;
    this.#since = needs.clock.now();
    this.#live = createLiveStream(`stream:${row.id}`, needs, {
      onAnswer: (answer) => this.#answered(answer),
      onState: () => this.#announce(),
      onError: (error) => {
        this.#liveError = toStreamError(error);
      },
    });
    this.#ticking = setInterval(() => this.#live.tick(), 1_000);
  }

  begin(): void {
    this.#running = this.#run();
  }

  status(): RunnerStatus {
    const isLiveTroubled = this.#state === 'running' && (this.#live.state === 'waiting' || this.#live.state === 'failed');
    return {
      state: isLiveTroubled ? this.#live.state : this.#state,
      since: this.#since,
      error: isLiveTroubled ? this.#liveError : this.#error,
      nextTryAt: this.#nextTryAt,
      reconnects: this.#reconnects,
      figures: this.#live.figures(),
    };
  }

  apply(row: StreamRow): void {
    const before = this.row;
    this.row = row;
    if (row.revision === before.revision) return;
    if (row.opening !== before.opening) return void this.#reopen();
    if (this.#state === 'running') this.#configure();
  }

  watch(watcher: NearWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#ticking);
    this.#opening.abort();
    this.#wake();
    await this.#reader?.close();
    await this.#running;
    this.#live.stop();
    this.#enter('stopped', null);
  }

  async #reopen(): Promise<void> {
    this.#failures = 0;
    this.#live.stop();
    this.#opening.abort();
    this.#wake();
    await this.#reader?.close();
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      const opening = this.row.opening;
      this.#opening = new AbortController();
      this.#enter('connecting', null);
      const error = await this.#read();
      if (this.#isClosed) return;
      if (this.row.opening !== opening) continue;
      if (this.#state === 'running' && this.#needs.clock.now() - this.#since > steadyMs) this.#failures = 0;
      await this.#rest(error, opening);
      this.#reconnects += 1;
    }
  }

  /** Until the source ends; answers why, undefined when it is over. */
  async #read(): Promise<AppError | undefined> {
    const { signal } = this.#opening;
    try {
      const [ffmpeg, source] = await Promise.all([this.#needs.ffmpeg(), this.#needs.sourceOf(this.row, signal)]);
      if (signal.aborted) return undefined;
      const onFrame = (bytes: Buffer): void => this.#frame(bytes);
      this.#reader = await openReader(source, { ffmpeg, maxFps: this.row.max_fps, onFrame });
      if (signal.aborted) await this.#reader.close();
      return await this.#reader.ended;
    } catch (error) {
      return error instanceof AppError ? error : new AppError('INTERNAL', { cause: error });
    } finally {
      this.#reader = undefined;
    }
  }

  /** Until the next try, or until somebody changes something. */
  async #rest(error: AppError | undefined, opening: number): Promise<void> {
    const { id: stream_id } = this.row;
    if (error === undefined) this.#enter('ended', null);
    else {
      const level = error.status === 500 ? 'error' : 'warn';
      this.#needs.logger[level]({ stream_id, code: error.code, detail: error.detail.en }, 'the source of a stream ended');
      this.#enter(error.retryable ? 'waiting' : 'failed', toStreamError(error));
    }
    const delayMs = error?.retryable ? this.#delay(error) : undefined;
    if (this.#isClosed || this.row.opening !== opening) return;
    this.#nextTryAt = delayMs === undefined ? null : this.#needs.clock.now() + delayMs;
    await new Promise<void>((resolve) => {
      const cancel = delayMs === undefined ? undefined : this.#needs.clock.after(delayMs, resolve);
      this.#wake = () => {
        cancel?.();
        resolve();
      };
    });
    this.#nextTryAt = null;
  }

  #delay(error: AppError): number {
    if (error.code === 'CAMERA_LOGIN_FAILED') return loginRetryMs;
    const delayMs = Math.min(firstRetryMs * 2 ** this.#failures, maxRetryMs);
    this.#failures += 1;
    return delayMs;
  }

  #frame(bytes: Buffer): void {
    if (this.#state !== 'running') {
      this.#enter('running', null);
      this.#configure();
    }
    this.#frames += 1;
    const frame = { id: this.#frames, timestampMs: this.#needs.clock.now(), bytes, arrivedAt: performance.now() };
    for (const watcher of this.#watchers) watcher.onFrame?.(frame);
    if (this.#live.state !== 'running') for (const watcher of this.#watchers) watcher.onPlain?.(bytes);
    this.#live.offer(frame);
  }

  #answered(answer: LiveAnswer): void {
    for (const watcher of this.#watchers) watcher.onAnswer?.(answer);
  }

  #configure(): void {
    const { pipeline_id: pipelineId, parameters, name: sourceId } = this.row;
    this.#live.configure({ pipelineId, parameters, output: 'image', sourceId });
  }

  #enter(state: StreamState, error: StreamError | null): void {
    if (state !== this.#state) this.#since = this.#needs.clock.now();
    this.#state = state;
    this.#error = error;
    this.#announce();
  }

  #announce(): void {
    const status = this.status();
    for (const watcher of this.#watchers) watcher.onStatus?.(status);
  }
}
