/**
 * One stream: frames in, answers out, in order, one at a time.
 * States: open (reads, works) → ending (the client sends no more, or the service stops: what waits is still answered) → closed.
 * At most two frames wait and one is worked on; one answer may wait for the client to read it. A client that reads nothing for too long
 * loses its stream; one that floods is not read from until the frame in work is done.
 */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { type ProcessedFrame, toGrpcError, type VideoFrame__Output } from '@imageflow/api/grpc';
import { AppError, createFrameQueue, type FrameInvoker, runFrame } from '@imageflow/core';
import type { StreamsConfig } from '../config.ts';
import { type Counts, type Frame, toFrame, toProcessedFrame, type Work } from './frames.ts';
import type { Pipelines, PreparedPipeline } from './pipelines.ts';
import { changeSettings, firstSettings, type StreamSettings } from './settings.ts';
import { createStreamSteps } from './steps.ts';

export type StreamCall = ServerDuplexStream<VideoFrame__Output, ProcessedFrame>;

export interface SessionParts {
  readonly pipelines: Pipelines;
  readonly invoker: FrameInvoker;
  readonly config: StreamsConfig;
  /** Each frame's time and the code of its error, "ok" without one. */
  readonly onFrame: (outcome: string, durationMs: number) => void;
}

export interface Session {
  /** Resolves when the stream is over, with why when it did not end well. Never rejects. */
  readonly ended: Promise<{ readonly counts: Counts; readonly error: AppError | undefined }>;
  /** Answers what waits, then ends the stream with this error. */
  stop(error: AppError): void;
}

/** Frames read while one is worked on: twice what a fast camera sends in a long time-out. */
const maxReadsPerFrame = 128;

interface Prepared {
  readonly settings: StreamSettings;
  readonly pipeline: PreparedPipeline;
}

export function openSession(call: StreamCall, parts: SessionParts): Session {
  const { pipelines, config } = parts;
  const queue = createFrameQueue<Frame>(() => performance.now());
  const counts: Counts = { received: 0, answered: 0, failed: 0, dropped: 0 };
  const gone = new AbortController();
  const finished = Promise.withResolvers<AppError | undefined>();
  const steps = createStreamSteps(parts.invoker);
  let settings = firstSettings;
  let prepared: Prepared | undefined;
  let ending: { readonly error: AppError | undefined } | undefined;
  let wake = () => {};
  let reads = 0;
  let unsent: Promise<void> = Promise.resolve();
  const left = Promise.withResolvers<void>();

  function onMessage(message: VideoFrame__Output): void {
    clearTimeout(firstFrameTimer);
    settings = changeSettings(settings, message.metadata);
    if (message.frame_data.length === 0) return void check(settings);
    counts.received += 1;
    if (queue.offer(toFrame(message, counts.received, settings, config)) !== undefined) counts.dropped += 1;
    reads += 1;
    if (reads >= maxReadsPerFrame) call.pause();
    wake();
  }

  /** A change that comes without a frame is refused at once, not at the next frame. */
  async function check(changed: StreamSettings): Promise<void> {
    try {
      await pipelines.prepare(changed);
    } catch (error) {
      end(error);
    }
  }

  function end(error: unknown): void {
    ending ??= { error: error === undefined || error instanceof AppError ? error : new AppError('INTERNAL', { cause: error }) };
    wake();
  }

  async function prepare(wanted: StreamSettings): Promise<PreparedPipeline> {
    const isCurrent = prepared?.settings === wanted && pipelines.currentVersion(wanted.pipelineId) === prepared.pipeline.version;
    if (prepared === undefined || !isCurrent) prepared = { settings: wanted, pipeline: await pipelines.prepare(wanted) };
    return prepared.pipeline;
  }

  async function workOn(frame: Frame): Promise<Work> {
    const pipeline = frame.settings.pipelineId === '' || frame.fault === undefined ? await prepare(frame.settings) : undefined;
    const startedAt = performance.now();
    const fault = frame.fault ?? pipeline?.fault;
    const outcome =
      fault !== undefined || pipeline === undefined
        ? ({ kind: 'refused', error: fault ?? new AppError('INTERNAL') } as const)
        : await runFrame(
            { ...pipeline, image: { kind: 'encoded', bytes: frame.bytes }, timeoutMs: config.frameTimeoutMs },
            { invoker: steps.invokerFor(frame, pipeline.plan), now: () => performance.now() },
            gone.signal,
          );
    return { frame, prepared: pipeline, outcome, areas: steps.areas(), startedAt, endedAt: performance.now() };
  }

  async function answer(work: Work): Promise<void> {
    // An answer in work when the client goes is never told of again.
    await within(Promise.race([unsent, left.promise]), config.stallMs, stalled);
    gone.signal.throwIfAborted();
    counts.answered += 1;
    if (work.outcome.kind !== 'completed') counts.failed += 1;
    const message = toProcessedFrame(work, counts);
    parts.onFrame(work.outcome.kind === 'completed' ? 'ok' : work.outcome.error.code, performance.now() - work.frame.arrivedAt);
    unsent = new Promise((resolve) => call.write(message, () => resolve()));
  }

  async function run(): Promise<void> {
    for (;;) {
      gone.signal.throwIfAborted();
      const next = queue.take();
      if (next === undefined) {
        if (ending !== undefined) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      counts.dropped += next.dropped.length;
      const work = await workOn(next.frame);
      queue.worked(work.endedAt - work.startedAt);
      await answer(work);
      reads = 0;
      if (call.isPaused()) call.resume();
    }
  }

  const firstFrameTimer = setTimeout(() => end(noFrame(config.firstFrameMs)), config.firstFrameMs);
  call.on('data', onMessage);
  call.once('end', () => end(undefined));
  const onGone = () => {
    gone.abort(new AppError('CANCELLED'));
    left.resolve();
    wake();
  };
  call.once('cancelled', onGone);
  if (call.cancelled) onGone();

  run()
    .then(
      () => ending?.error,
      (error: unknown) => (error instanceof AppError ? error : new AppError('INTERNAL', { cause: error })),
    )
    .then((error) => {
      clearTimeout(firstFrameTimer);
      counts.dropped = counts.received - counts.answered;
      call.off('data', onMessage);
      close(call, error);
      finished.resolve(error);
    });

  return { ended: finished.promise.then((error) => ({ counts, error })), stop: end };
}

function close(call: StreamCall, error: AppError | undefined): void {
  if (call.cancelled) return;
  if (error === undefined) call.end();
  // The server's way to end a stream with a status.
  else call.emit('error', toGrpcError(error));
  // What still comes is thrown away: unread it would hold the connection's window.
  call.resume();
}

/** @throws what `fail` makes when it takes longer */
function within(work: Promise<void>, limitMs: number, fail: (limitMs: number) => AppError): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(fail(limitMs)), limitMs);
    work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function stalled(limitMs: number): AppError {
  return new AppError('RATE_LIMITED', {
    detail: {
      ja: `${limitMs / 1000} 秒間、結果が読み取られなかったためストリームを閉じました`,
      en: `The stream was closed: its results were not read for ${limitMs / 1000} s`,
    },
    retryAfterSeconds: 1,
  });
}

function noFrame(limitMs: number): AppError {
  return new AppError('STEP_TIMEOUT', {
    detail: {
      ja: `${limitMs / 1000} 秒間、フレームが 1 枚も届かなかったためストリームを閉じました`,
      en: `The stream was closed: no frame came within ${limitMs / 1000} s`,
    },
  });
}
