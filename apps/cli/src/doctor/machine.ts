/** What this machine must have. */
import { execFile } from 'node:child_process';
import { access, constants, readdir, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { projectDir } from '../config.ts';
import { type Finding, fault, fine, hint } from './finding.ts';

const execute = promisify(execFile);
const ffmpegMs = 5_000;
const neededBytes = 1e9;
const advisedMemoryGib = 2;
const shippedModels = ['defect-yolo-320-w16.onnx', 'efficientnet-lite0-w16.onnx', 'nanodet-g-416-w16.onnx'];

export async function checkMachine(dataDir: string, ffmpeg: string | undefined): Promise<readonly Finding[]> {
  return Promise.all([checkNode(), checkMemory(), checkModels(), checkFfmpeg(ffmpeg), checkData(dataDir), checkDisk(dataDir)]);
}

/** This program only starts under a Node that is new enough. */
async function checkNode(): Promise<Finding> {
  return fine(`Node ${process.versions.node} (${process.platform} ${process.arch})`);
}

async function checkMemory(): Promise<Finding> {
  const gib = totalmem() / 1024 ** 3;
  const what = { ja: `メモリ ${gib.toFixed(1)} GiB`, en: `${gib.toFixed(1)} GiB of memory` };
  if (gib >= advisedMemoryGib) return fine(what.ja, what.en);
  return hint(what, { ja: `${advisedMemoryGib} GiB 以上を勧めます`, en: `${advisedMemoryGib} GiB or more are advised` });
}

async function checkModels(): Promise<Finding> {
  const present = await readdir(join(projectDir, 'models')).catch((): string[] => []);
  const missing = shippedModels.filter((name) => !present.includes(name));
  if (missing.length === 0) return fine(`同梱モデル ${shippedModels.length} 個`, `${shippedModels.length} shipped models`);
  return fault(
    { ja: `同梱モデルがありません: ${missing.join(', ')}`, en: `Shipped models are missing: ${missing.join(', ')}` },
    { ja: 'git checkout -- models で戻してください', en: 'Bring them back with git checkout -- models' },
  );
}

/** Only cameras and video files are read with it. */
async function checkFfmpeg(named: string | undefined): Promise<Finding> {
  const program = named ?? 'ffmpeg';
  const version = await execute(program, ['-version'], { timeout: ffmpegMs }).then(
    ({ stdout }) => /^ffmpeg version (\S+)/.exec(stdout)?.[1],
    () => undefined,
  );
  if (version !== undefined) return fine(`ffmpeg ${version}`);
  return hint(
    { ja: `${program} がありません`, en: `There is no ${program}` },
    {
      ja: 'カメラや動画を読むときだけ必要です。OS のパッケージで導入するか、IMAGEFLOW_FFMPEG で場所を指定してください',
      en: "Only needed for cameras and videos. Install your system's package, or name its place in IMAGEFLOW_FFMPEG",
    },
  );
}

async function checkData(dataDir: string): Promise<Finding> {
  const what = { ja: `データ: ${dataDir}`, en: `Data: ${dataDir}` };
  try {
    await access(dataDir, constants.R_OK | constants.W_OK);
    return fine(what.ja, what.en);
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isAbsent) return hint(what, { ja: 'まだありません。最初の起動で作られます', en: 'Not there yet; the first start makes it' });
    return fault(what, { ja: 'このフォルダーに書き込めるようにしてください', en: 'Make this folder readable and writable' });
  }
}

async function checkDisk(dataDir: string): Promise<Finding> {
  const { bavail, bsize } = await statfsOfNearest(dataDir);
  const free = bavail * bsize;
  const what = { ja: `空き容量 ${(free / 1e9).toFixed(1)} GB`, en: `${(free / 1e9).toFixed(1)} GB free` };
  if (free >= neededBytes) return fine(what.ja, what.en);
  return fault(what, {
    ja: '1 GB 以上空けるか、--data-dir で別の場所を指定してください',
    en: 'Free at least 1 GB, or name another --data-dir',
  });
}

/** Of the disk a folder will be on that is not there yet. */
async function statfsOfNearest(folder: string): Promise<{ bavail: number; bsize: number }> {
  return statfs(folder).catch((error: unknown) => {
    if (dirname(folder) === folder) throw error;
    return statfsOfNearest(dirname(folder));
  });
}
