/** Videos for tests, and a look at the programs that read them. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export async function makeVideo(path: string, seconds: number): Promise<void> {
  const picture = `testsrc=size=640x360:rate=15:duration=${seconds}`;
  await run('ffmpeg', ['-y', '-loglevel', 'error', '-f', 'lavfi', '-i', picture, '-pix_fmt', 'yuv420p', path]);
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
