/**
 * One ffmpeg process that reads a source. It ends by itself when its output is closed, is killed when the reader is closed or nothing comes any
 * more, and dies with this process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { AppError } from '@imageflow/core';
import { judgeEnd } from './complaints.ts';
import { bareEnvironment, deathGuard } from './ffmpeg.ts';
import { readCommand, type VideoSource } from './source.ts';
import { createSplitter } from './splitter.ts';

export interface Reader {
  /** Resolves when the process is gone: undefined when the video is over, else why it ended. Never rejects. */
  readonly ended: Promise<AppError | undefined>;
  readonly pid: number | undefined;
  /** Kills it; resolves when it is gone. */
  close(): Promise<void>;
}

export interface ReaderNeeds {
  readonly ffmpeg: string;
  readonly maxFps: number;
  readonly onFrame: (frame: Buffer) => void;
}

/** A camera may take a while until its first key frame. */
const firstFrameMs = 10_000;
const stallMs = 5_000;
const maxFrameBytes = 12 * 1024 * 1024;
const keptComplaintBytes = 4_096;
/** Between asking it to end and killing it. */
const killAfterMs = 500;

export async function openReader(source: VideoSource, needs: ReaderNeeds): Promise<Reader> {
  const { args, input } = readCommand(source, needs.maxFps);
  const [program = needs.ffmpeg, ...before] = [...(await deathGuard()), needs.ffmpeg];
  const child = spawn(program, [...before, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env: bareEnvironment, detached: true });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const state = { reason: undefined as AppError | undefined, complaints: '', frames: 0, isClosed: false };
  const stop = (reason: AppError | undefined): void => {
    state.reason ??= reason;
    end(child);
  };
  const watchdog = watch(() => stop(silent(state.frames === 0 ? firstFrameMs : stallMs)));
  const split = createSplitter(maxFrameBytes, (frame) => {
    state.frames += 1;
    watchdog.feed();
    if (!state.isClosed) needs.onFrame(frame);
  });
  child.stdout.on('data', (chunk: Buffer) => {
    try {
      split(chunk);
    } catch (error) {
      stop(error instanceof AppError ? error : new AppError('VIDEO_UNREADABLE', { cause: error }));
    }
  });
  child.stderr.on('data', (chunk: Buffer) => {
    state.complaints = (state.complaints + chunk.toString()).slice(-keptComplaintBytes);
  });
  const ended = new Promise<AppError | undefined>((resolve) => {
    child.once('error', (error) => {
      watchdog.stop();
      resolve(new AppError('FFMPEG_MISSING', { cause: error }));
    });
    child.once('close', (code) => {
      watchdog.stop();
      resolve(state.isClosed ? undefined : (state.reason ?? judgeEnd(source, code, state.complaints, state.frames)));
    });
  });
  return {
    ended,
    pid: child.pid,
    async close() {
      state.isClosed = true;
      stop(undefined);
      await ended;
    },
  };
}

function end(child: ChildProcess): void {
  child.stdout?.destroy();
  signal(child, 'SIGTERM');
  setTimeout(() => signal(child, 'SIGKILL'), killAfterMs).unref();
}

/** To its whole group, which it leads. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // It ended in this moment.
  }
}

function watch(onSilence: () => void): { feed(): void; stop(): void } {
  let timer = setTimeout(onSilence, firstFrameMs);
  return {
    feed() {
      clearTimeout(timer);
      timer = setTimeout(onSilence, stallMs);
    },
    stop: () => clearTimeout(timer),
  };
}

function silent(limitMs: number): AppError {
  return new AppError('CAMERA_UNREACHABLE', {
    detail: { ja: `${limitMs / 1000} 秒間、映像が届きませんでした`, en: `No picture came for ${limitMs / 1000} s` },
  });
}
