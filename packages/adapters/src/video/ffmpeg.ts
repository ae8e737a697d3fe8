/** Where ffmpeg is. It is not shipped: plants install the one of their system. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '@imageflow/core';

const run = promisify(execFile);
/** `-fps_mode` came with it. */
const oldestMajor = 5;

/** @throws AppError FFMPEG_MISSING */
export async function findFfmpeg(setting: string | undefined, path: string): Promise<string> {
  const places = setting === undefined ? path.split(delimiter).map((folder) => join(folder, 'ffmpeg')) : [setting];
  for (const place of places) {
    if (await isProgram(place)) return place;
  }
  throw new AppError('FFMPEG_MISSING', {
    detail: {
      ja: `ffmpeg ${oldestMajor} 以降が必要です（${setting ?? 'PATH'} にありません）。OS のパッケージで導入するか、IMAGEFLOW_FFMPEG で場所を指定してください`,
      en: `ffmpeg ${oldestMajor} or newer is needed and is not at ${setting ?? 'any place of PATH'}. Install your system's package, or set IMAGEFLOW_FFMPEG`,
    },
  });
}

async function isProgram(place: string): Promise<boolean> {
  try {
    await access(place, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** E.g. "5.1.9". @throws AppError FFMPEG_MISSING when it is too old, or does not start. */
export async function ffmpegVersion(program: string): Promise<string> {
  const version = await run(program, ['-hide_banner', '-version'], { timeout: 10_000 }).then(
    ({ stdout }) => /^ffmpeg version (\S+)/.exec(stdout)?.[1] ?? 'unknown',
    (error: unknown) => {
      throw new AppError('FFMPEG_MISSING', {
        detail: { ja: `${program} を起動できません`, en: `${program} does not start` },
        cause: error,
      });
    },
  );
  // Builds of the newest source are named by their commit.
  const major = Number(/^n?(\d+)\./.exec(version)?.[1] ?? oldestMajor);
  if (major >= oldestMajor) return version;
  throw new AppError('FFMPEG_MISSING', {
    detail: {
      ja: `ffmpeg ${version} は古すぎます。${oldestMajor} 以降が必要です`,
      en: `ffmpeg ${version} is too old: ${oldestMajor} or newer is needed`,
    },
  });
}

/** Nothing of ours is ffmpeg's business. */
export const bareEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent', LANG: 'C' };

let guard: Promise<readonly string[]> | undefined;

/** What to put before a command so that it dies with this process, even by kill -9 (Linux; elsewhere its closed output ends it). */
export function deathGuard(): Promise<readonly string[]> {
  guard ??= isProgram('/usr/bin/setpriv').then((isThere) => (isThere ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--'] : []));
  return guard;
}
