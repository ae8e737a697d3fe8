/** One ffmpeg process that writes pictures, which come when they come, as a video (MP4, H.264) that plays at the speed they came. */
import { type ChildProcess, spawn } from 'node:child_process';
import { bareEnvironment, deathGuard } from './ffmpeg.ts';

export interface Writer {
  /** A JPEG, and when it was taken, ms. One that ffmpeg is too slow for is left out. */
  add(picture: Uint8Array, atMs: number): void;
  /** Finishes the file, or kills ffmpeg after some seconds. Never rejects. */
  close(): Promise<Written>;
}

export interface Written {
  readonly seconds: number;
  /** Why there is no video, in ffmpeg's words; undefined when there is one. */
  readonly fault: string | undefined;
}

export interface WriterNeeds {
  readonly ffmpeg: string;
  /** Of the file. A picture stays until the next one. */
  readonly fps: number;
}

/** A longer pause is cut to this. */
const maxPauseSeconds = 10;
const maxBufferedBytes = 48 * 1024 * 1024;
/** After the last picture. */
const finishMs = 20_000;
const keptComplaintBytes = 2_048;

/** `path`: is overwritten. */
export async function openWriter(path: string, { ffmpeg, fps }: WriterNeeds): Promise<Writer> {
  const [program = ffmpeg, ...before] = [...(await deathGuard()), ffmpeg];
  const child = spawn(program, [...before, ...writeArguments(path, fps)], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: bareEnvironment,
    // Ctrl-C goes to a terminal's whole group; the file must be finished all the same.
    detached: true,
  });
  let complaints = '';
  child.stdin.on('error', () => undefined);
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-keptComplaintBytes);
  });
  const ended = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
  let first: number | undefined;
  let last: { readonly picture: Uint8Array; readonly slot: number } | undefined;
  let skippedSlots = 0;
  const write = (picture: Uint8Array, times: number): void => {
    for (let count = 0; count < times; count++) if (child.stdin.writable) child.stdin.write(picture);
  };
  return {
    add(picture, atMs) {
      first ??= atMs;
      const slot = Math.round(((atMs - first) / 1000) * fps) - skippedSlots;
      if (last !== undefined && slot <= last.slot) return;
      if (child.stdin.writableLength > maxBufferedBytes) return;
      const times = last === undefined ? 0 : slot - last.slot;
      const most = Math.max(1, Math.round(maxPauseSeconds * fps));
      if (last !== undefined) write(last.picture, Math.min(times, most));
      skippedSlots += Math.max(0, times - most);
      last = { picture, slot: slot - Math.max(0, times - most) };
    },
    async close() {
      if (last !== undefined) write(last.picture, 1);
      child.stdin.end();
      const timer = setTimeout(() => kill(child), finishMs);
      const isWritten = await ended;
      clearTimeout(timer);
      if (last === undefined) return { seconds: 0, fault: 'no picture came' };
      return { seconds: (last.slot + 1) / fps, fault: isWritten ? undefined : complaints.trim() || 'ffmpeg did not end' };
    },
  };
}

function writeArguments(path: string, fps: number): readonly string[] {
  const input = ['-hide_banner', '-loglevel', 'error', '-f', 'mjpeg', '-framerate', String(fps), '-i', 'pipe:0'];
  // H.264 in the form that every player takes needs even sides.
  const filter = 'scale=trunc(iw/2)*2:trunc(ih/2)*2:out_range=tv,format=yuv420p';
  const codec = ['-c:v', 'libx264', '-preset', 'superfast', '-crf', '23', '-movflags', '+faststart'];
  return [...input, '-an', '-vf', filter, ...codec, '-f', 'mp4', '-y', `file:${path}`];
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended in this moment.
  }
}
