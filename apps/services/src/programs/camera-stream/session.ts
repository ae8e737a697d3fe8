/**
 * One stream: frames in, answers out, in order, one at a time.
 * States: open (reads, works) → ending (the client sends no more, or the service stops: what waits is still answered) → closed.
 * One answer may wait for the client to read it; a client that reads nothing for too long loses its stream.
 */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { AppError, type FrameInvoker, runFrame } from '@imageflow/core';
import { type ProcessedFrame, toGrpcError, type VideoFrame__Output } from '@imageflow/grpc';
import type { StreamsConfig } from '../../scaffold/config.ts';
import { type Counts, type Frame, toProcessedFrame, type Work } from './frames.ts';
import { createIntake, type Intake } from './intake.ts';
import type { LocalComponents } from './local.ts';
import type { Pipelines, PreparedPipeline } from './pipelines.ts';
import type { StreamSettings } from './settings.ts';
import { createStreamSteps } from './steps.ts';

export type StreamCall = ServerDuplexStream<VideoFrame__Output, ProcessedFrame>;

export interface SessionParts {
  readonly pipelines: Pipelines;
  readonly invoker: FrameInvoker;
  readonly local: Pick<LocalComponents, 'run'>;
  readonly config: StreamsConfig;
  /** Each frame's time since it came, and what became of it: "ok", "dropped" or the code of its error. */
  readonly onFrame: (outcome: string, durationMs: number) => void;
}

export interface Session {
  /** Resolves when the stream is over, with why when it did not end well. Never rejects. */
  readonly ended: Promise<{ readonly counts: Counts; readonly error: AppError | undefined }>;
  /** Answers what waits, then ends the stream with this error. */
  stop(error: AppError): void;
}

export function openSession(call: StreamCall, parts: SessionParts): Session {
  const { config, onFrame } = parts;
  const gone = watchClient(call);
  let ending: AppError | undefined;
  const end = (error: AppError | undefined) => {
    ending ??= error;
    intake.end();
  };
  const firstFrameTimer = setTimeout(() => end(noFrame(config.firstFrameMs)), config.firstFrameMs);
  const intake = createIntake(call, config, {
    onFirst: () => clearTimeout(firstFrameTimer),
    // A change that comes without a frame is refused at once, not at the next frame.
    onChange: (settings) => void parts.pipelines.prepare(settings).catch((error: unknown) => end(toAppError(error))),
    onDropped: (waitedMs) => onFrame('dropped', waitedMs),
  });
  call.once('end', () => end(undefined));
  gone.addEventListener('abort', () => intake.end());

  const ended = run(intake, createWorker(parts, gone), createWriter(call, parts, intake.counts, gone), gone).then(() => ending, toAppError);
  return {
    ended: ended.then((error) => {
      clearTimeout(firstFrameTimer);
      intake.close();
      close(call, error);
      return { counts: intake.counts, error };
    }),
    stop: end,
  };
}

async function run(
  intake: Intake,
  workOn: (frame: Frame) => Promise<Work>,
  answer: (work: Work) => Promise<void>,
  gone: AbortSignal,
): Promise<void> {
  for (;;) {
    const frame = await intake.next();
    gone.throwIfAborted();
    if (frame === undefined) return;
    const work = await workOn(frame);
    await answer(work);
    intake.worked(work.endedAt - work.startedAt);
  }
}

/** Aborts when nobody is there any more. */
function watchClient(call: StreamCall): AbortSignal {
  const gone = new AbortController();
  const onGone = () => gone.abort(new AppError('CANCELLED'));
  call.once('cancelled', onGone);
  if (call.cancelled) onGone();
  return gone.signal;
}

/** Frames through the pipeline their settings name. Throws what is wrong with the pipeline; what is wrong with a frame is its outcome. */
function createWorker({ pipelines, invoker, local, config }: SessionParts, gone: AbortSignal): (frame: Frame) => Promise<Work> {
  const steps = createStreamSteps(invoker, local);
  let prepared: { readonly settings: StreamSettings; readonly pipeline: PreparedPipeline } | undefined;

  async function prepare(wanted: StreamSettings): Promise<PreparedPipeline> {
    const isCurrent = prepared?.settings === wanted && pipelines.currentVersion(wanted.pipelineId) === prepared.pipeline.version;
    if (prepared === undefined || !isCurrent) prepared = { settings: wanted, pipeline: await pipelines.prepare(wanted) };
    return prepared.pipeline;
  }

  async function outcomeOf(frame: Frame, pipeline: PreparedPipeline): Promise<Work['outcome']> {
    if (pipeline.fault !== undefined) return { kind: 'refused', error: pipeline.fault };
    const image = { kind: 'encoded', bytes: frame.bytes } as const;
    const needs = { invoker: steps.invokerFor(frame, pipeline), now: () => performance.now() };
    const outcome = await runFrame({ ...pipeline, image, timeoutMs: config.frameTimeoutMs }, needs, gone);
    if (outcome.kind === 'completed') steps.release();
    return outcome;
  }

  return async (frame) => {
    const work = { frame, startedAt: performance.now() };
    if (frame.fault !== undefined) {
      return { ...work, prepared: undefined, outcome: { kind: 'refused', error: frame.fault }, areas: [], endedAt: performance.now() };
    }
    const pipeline = await prepare(frame.settings);
    const startedAt = performance.now();
    const outcome = await outcomeOf(frame, pipeline);
    return { frame, prepared: pipeline, outcome, areas: steps.areas(), startedAt, endedAt: performance.now() };
  };
}

function createWriter(
  call: StreamCall,
  { config, onFrame }: SessionParts,
  counts: Counts,
  gone: AbortSignal,
): (work: Work) => Promise<void> {
  let unsent: Promise<void> = Promise.resolve();
  return async (work) => {
    // An answer that is being sent when the client goes is never told of again.
    await within(unsent, gone, config.stallMs, stalled);
    gone.throwIfAborted();
    const { outcome, frame } = work;
    counts.answered += 1;
    if (outcome.kind !== 'completed') counts.failed += 1;
    const message = toProcessedFrame(work, counts);
    onFrame(outcome.kind === 'completed' ? 'ok' : outcome.error.code, performance.now() - frame.arrivedAt);
    unsent = new Promise((resolve) => call.write(message, () => resolve()));
  };
}

function toAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('INTERNAL', { cause: error });
}

function close(call: StreamCall, error: AppError | undefined): void {
  if (call.cancelled) return;
  if (error === undefined) call.end();
  // The server's way to end a stream with a status.
  else call.emit('error', toGrpcError(error));
  // What still comes is thrown away: unread it would hold the connection's window.
  call.resume();
}

/** Also ends when `gone` aborts, and leaves nothing with it. @throws what `fail` makes when it takes longer */
function within(work: Promise<void>, gone: AbortSignal, limitMs: number, fail: (limitMs: number) => AppError): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer);
      gone.removeEventListener('abort', onDone);
      settle();
    };
    const onDone = () => end(resolve);
    const timer = setTimeout(() => end(() => reject(fail(limitMs))), limitMs);
    gone.addEventListener('abort', onDone);
    // Work that fails counts as done: whoever began it has its error.
    work.then(onDone, onDone);
    if (gone.aborted) onDone();
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
