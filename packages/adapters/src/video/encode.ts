/** Pictures into an MP4 that every browser plays: one ffmpeg, one thread, at low priority, so that live video does not wait for it. */
import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@imageflow/core';
import { bareEnvironment, deathGuard } from './ffmpeg.ts';
import { type PictureSize, type TimedPicture, toMatroska } from './matroska.ts';

/** A longest clip (30 s, 1920 × 1080, 30 fps) takes about 20 s of one core. */
const limitMs = 120_000;
const largest: PictureSize = { width: 1920, height: 1080 };
const keptComplaintBytes = 2_048;

export interface EncodeNeeds {
  readonly ffmpeg: string;
  /** Of the first picture; others are fitted into it. */
  readonly size: PictureSize;
  readonly signal: AbortSignal;
}

/** Writes `file`, with the times of the pictures. @throws AppError VIDEO_UNREADABLE with ffmpeg's own words, CANCELLED */
export async function encodeClip(frames: readonly TimedPicture[], file: string, { ffmpeg, size, signal }: EncodeNeeds): Promise<void> {
  const [program = ffmpeg, ...before] = [...(await deathGuard()), ffmpeg];
  const child = spawn(program, [...before, ...argumentsOf(size, file)], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: bareEnvironment,
    signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
    killSignal: 'SIGKILL',
  });
  beModest(child.pid);
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-keptComplaintBytes);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('error', (error) => reject(signal.aborted ? new AppError('CANCELLED', { cause: error }) : failed(String(error))));
  child.once('close', (code) => (code === 0 ? resolve() : reject(failed(complaints.trim()))));
  // One that has ended says why itself.
  const fed = pipeline(Readable.from(toMatroska(frames, size)), child.stdin).catch(() => undefined);
  await Promise.all([promise, fed]);
}

function argumentsOf({ width, height }: PictureSize, file: string): string[] {
  const fit = fitInto({ width, height });
  const box = `${fit.width}:${fit.height}`;
  // The frame size of a camera may change in the middle; that of a clip may not.
  const filter = `scale=${box}:force_original_aspect_ratio=decrease,pad=${box}:-1:-1,setsar=1`;
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-y', '-threads', '1', '-f', 'matroska', '-i', 'pipe:0'],
    ...['-map', '0:v:0', '-vf', filter, '-filter_threads', '1', '-fps_mode', 'passthrough', '-enc_time_base', '1:1000'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-pix_fmt', 'yuv420p', '-threads', '1'],
    ...['-movflags', '+faststart', '-f', 'mp4', file],
  ];
}

/** Of the first frame, no larger than the largest, in even numbers, which H.264 needs. */
function fitInto({ width, height }: PictureSize): PictureSize {
  const scale = Math.min(1, largest.width / width, largest.height / height);
  const even = (value: number): number => Math.max(2, Math.floor((value * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

function beModest(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It ended in this moment, or the system does not allow it.
  }
}

function failed(why: string): AppError {
  return new AppError('VIDEO_UNREADABLE', {
    detail: { ja: `クリップを作成できません: ${why}`, en: `The clip could not be made: ${why}` },
    retryable: false,
  });
}
