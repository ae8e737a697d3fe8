/**
 * One live stream through the service: at most two frames wait here, one is worked on, the newest wins.
 * States: idle → running ⇄ paused; waiting (an error that can pass; the call opens again by itself, later and later) ; failed (an error that
 * only a change cures) ; stopped. Frames that come in any state but running are dropped and counted.
 */
import type { StreamFigures, StreamState } from '@imageflow/contract';
import { AppError, type Clock, createFrameQueue } from '@imageflow/core';
import type { ProcessedFrame__Output } from '@imageflow/grpc';
import type { VideoCall, VideoConnections } from './connection.ts';
import { createFigures } from './figures.ts';

export interface LiveSettings {
  readonly pipelineId: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly output: 'image' | 'none';
  readonly sourceId: string;
}

export interface LiveFrame {
  readonly id: number;
  readonly timestampMs: number;
  readonly bytes: Uint8Array;
  /** ms of `performance.now()`. */
  readonly arrivedAt: number;
}

export interface LiveAnswer {
  readonly frame: LiveFrame;
  readonly answer: ProcessedFrame__Output;
  readonly settings: LiveSettings;
  /** Before the frame went to the service. */
  readonly waitMs: number;
  readonly totalMs: number;
}

export interface LiveEvents {
  readonly onAnswer: (answer: LiveAnswer) => void;
  readonly onState: (state: StreamState) => void;
  /** Why it waits or has failed. */
  readonly onError: (error: AppError) => void;
  /** Whether a result can be taken now; while it is not, frames wait, and newer ones win. */
  readonly isReady?: () => boolean;
}

export interface LiveStream {
  offer(frame: LiveFrame): void;
  /** Starts it, or changes what it does. */
  configure(settings: LiveSettings): void;
  pause(): void;
  resume(): void;
  stop(): void;
  /** Goes on when `isReady` has become true. */
  nudge(): void;
  /** At the end of each second. */
  tick(): void;
  figures(): StreamFigures;
  readonly state: StreamState;
  readonly settings: LiveSettings | undefined;
}

/** The service answers a frame that takes too long with an error before this. */
const answerLimitMs = 5_000;
const firstRetryMs = 250;
const maxRetryMs = 5_000;

export interface LiveNeeds {
  readonly connections: VideoConnections;
  readonly clock: Clock;
}

export function createLiveStream(clientId: string, { connections, clock }: LiveNeeds, events: LiveEvents): LiveStream {
  return new Live(clientId, connections, clock, events);
}

class Live implements LiveStream {
  state: StreamState = 'idle';
  settings: LiveSettings | undefined;
  readonly #clientId: string;
  readonly #connections: VideoConnections;
  readonly #clock: Clock;
  readonly #events: LiveEvents;
  readonly #queue = createFrameQueue<LiveFrame>(() => performance.now());
  readonly #figures = createFigures(performance.now());
  #call: VideoCall | undefined;
  /** What the service has been told. */
  #told: LiveSettings | undefined;
  #inWork: { readonly frame: LiveFrame; readonly settings: LiveSettings; readonly number: number; readonly sentAt: number } | undefined;
  #number = 0;
  #failures = 0;
  #cancelTimer: () => void = () => undefined;

  constructor(clientId: string, connections: VideoConnections, clock: Clock, events: LiveEvents) {
    this.#clientId = clientId;
    this.#connections = connections;
    this.#clock = clock;
    this.#events = events;
  }

  offer(frame: LiveFrame): void {
    this.#figures.received();
    const isOpen = this.state === 'running' || this.state === 'waiting';
    if (!isOpen || this.#queue.offer(frame) !== undefined) this.#figures.dropped();
    this.#pump();
  }

  configure(settings: LiveSettings): void {
    this.settings = settings;
    if (this.state === 'paused') return;
    if (this.state !== 'running') {
      this.#failures = 0;
      this.#cancelTimer();
      this.#enter('running');
    }
    this.#tell(settings);
  }

  pause(): void {
    if (this.state !== 'running' && this.state !== 'waiting') return;
    if (this.#inWork === undefined) this.#cancelTimer();
    this.#clear();
    this.#enter('paused');
  }

  resume(): void {
    if (this.state !== 'paused') return;
    this.#enter('running');
  }

  stop(): void {
    this.#drop();
    this.#enter('stopped');
  }

  nudge(): void {
    this.#pump();
  }

  tick(): void {
    this.#figures.tick(performance.now());
    this.#pump();
  }

  figures(): StreamFigures {
    return this.#figures.read(this.#queue.waiting);
  }

  #pump(): void {
    const { settings } = this;
    if (settings === undefined || this.state !== 'running' || this.#inWork !== undefined || this.#queue.waiting === 0) return;
    if (this.#events.isReady?.() === false) return;
    const call = this.#open();
    const next = call && this.#queue.take();
    if (call === undefined || next === undefined) return;
    for (const _ of next.dropped) this.#figures.dropped();
    this.#send(call, next.frame, settings);
  }

  #send(call: VideoCall, frame: LiveFrame, settings: LiveSettings): void {
    this.#number += 1;
    this.#inWork = { frame, settings, number: this.#number, sentAt: performance.now() };
    const metadata = this.#told === settings ? {} : toMetadata(settings);
    this.#told = settings;
    const { bytes, timestampMs } = frame;
    const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(answerLimitMs, () => this.#fail(silent()));
    call.write({ frame_data: data, timestamp_ms: timestampMs, frame_id: this.#number, metadata });
  }

  /** At once, so that a pipeline that cannot run is refused before the first frame. */
  #tell(settings: LiveSettings): void {
    const call = this.#open();
    if (call === undefined || this.#told === settings) return;
    this.#told = settings;
    call.write({ metadata: toMetadata(settings) });
  }

  #open(): VideoCall | undefined {
    if (this.#call !== undefined) return this.#call;
    this.#told = undefined;
    try {
      this.#call = this.#connections.open(this.#clientId, {
        onAnswer: (answer) => this.#answered(answer),
        onEnd: (error) => this.#fail(error),
      });
    } catch (error) {
      this.#fail(error instanceof AppError ? error : new AppError('INTERNAL', { cause: error }));
    }
    return this.#call;
  }

  #answered(answer: ProcessedFrame__Output): void {
    const work = this.#inWork;
    if (work === undefined || work.number !== answer.frame_id) return;
    this.#cancelTimer();
    this.#inWork = undefined;
    this.#failures = 0;
    const now = performance.now();
    const totalMs = now - work.frame.arrivedAt;
    this.#queue.worked(now - work.sentAt);
    this.#figures.answered(totalMs, answer.error !== null);
    const { frame, settings, sentAt } = work;
    this.#events.onAnswer({ frame, answer, settings, waitMs: sentAt - frame.arrivedAt, totalMs });
    this.#pump();
  }

  #fail(error: AppError): void {
    this.#drop();
    if (this.state === 'paused') return;
    this.#events.onError(error);
    if (error.retryable) this.#tryLater();
    else this.#enter('failed');
  }

  #tryLater(): void {
    const delayMs = Math.min(firstRetryMs * 2 ** this.#failures, maxRetryMs);
    this.#failures += 1;
    this.#enter('waiting');
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#enter('running');
      this.#pump();
    });
  }

  #drop(): void {
    this.#cancelTimer();
    this.#call?.cancel();
    this.#call = undefined;
    if (this.#inWork !== undefined) this.#figures.dropped();
    this.#inWork = undefined;
    this.#clear();
  }

  #clear(): void {
    for (let next = this.#queue.take(); next !== undefined; next = this.#queue.take()) {
      for (const _ of [next.frame, ...next.dropped]) this.#figures.dropped();
    }
  }

  #enter(state: StreamState): void {
    if (this.state === state) return;
    this.state = state;
    this.#events.onState(state);
  }
}

function toMetadata({ pipelineId, parameters, output, sourceId }: LiveSettings): Record<string, string> {
  return { pipeline_id: pipelineId, parameters: JSON.stringify(parameters), output, source_id: sourceId };
}

function silent(): AppError {
  return new AppError('SERVICE_UNAVAILABLE', {
    detail: {
      ja: `映像処理サービスが ${answerLimitMs / 1000} 秒間応答しませんでした`,
      en: `CameraStreamService did not answer for ${answerLimitMs / 1000} s`,
    },
    retryAfterSeconds: 1,
  });
}
