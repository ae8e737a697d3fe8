/** Videos for tests, and a look at the programs that read them. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export async function makeVideo(path: string, seconds: number): Promise<void> {
  const picture = `testsrc=size=640x360:rate=15:duration=${seconds}`;
  await run('ffmpeg', ['-y', '-loglevel', 'error', '-f', 'lavfi', '-i', picture, '-pix_fmt', 'yuv420p', path]);
}

/** Nothing, then this picture from second 2 to 3, then nothing: 5 s, 15 frames a second. */
export async function makeEventVideo(path: string, picture: string): Promise<void> {
  const nothing = ['-f', 'lavfi', '-i', 'color=gray:size=320x320:rate=15:duration=5'];
  const show = ['-i', picture, '-filter_complex', "overlay=enable='between(t,2,3)'"];
  await run('ffmpeg', ['-y', '-loglevel', 'error', ...nothing, ...show, '-pix_fmt', 'yuv420p', path]);
}

export interface VideoFacts {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  /** When each frame is shown, decoded for it. */
  readonly timesMs: readonly number[];
}

/** All of it is decoded. */
export async function inspectVideo(path: string): Promise<VideoFacts> {
  const entries = 'stream=codec_name,width,height:format=duration:frame=pts_time';
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_entries', entries, '-of', 'json', path]);
  const { streams, format, frames } = JSON.parse(stdout);
  const { codec_name: codec, width, height } = streams[0];
  const timesMs = frames.map(({ pts_time }: { readonly pts_time: string }) => Number(pts_time) * 1000);
  return { codec, width, height, seconds: Number(format.duration), timesMs };
}

/** Command lines of the ffmpeg processes that `parent` has started and that are still there. */
export async function ffmpegsOf(parent: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      const [, state, ppid] = /\) (\S) (\d+)/.exec(stat) ?? [];
      const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
      if (Number(ppid) === parent && state !== 'Z' && command.includes('ffmpeg')) found.push(command);
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}
