/** What a plant is planned with: memory of each program, processor time of an image and of a frame, and what stays on the disk. */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '@imageflow/adapters/database';
import { sql } from 'kysely';
import { makeClip } from '../clip.ts';
import { round, timeEach } from '../figures.ts';
import { makePhoto12, makeScratchFolder, makeSurface1080 } from '../inputs.ts';
import { inspectionPipeline } from '../inspection.ts';
import { playClip } from '../load/camera.ts';
import { startCameraPlatform } from '../load/platform.ts';
import { type Client, type Platform, readInput, startPlatform } from '../platform.ts';
import { cpuOf, memoryMib } from '../processes.ts';
import type { Figures, Scenario } from '../scenario.ts';

const lanes = 4;
const settleMs = 5_000;

export const scenario: Scenario = {
  number: 17,
  name: 'sizing: memory by program, processor time by image and by frame, disk by execution',
  goal: 'none: figures to plan with (docs/guides/deployment.md)',
  async run({ isQuick, log }) {
    const folder = await makeScratchFolder();
    try {
      const images = { surface_1080p: await makeSurface1080(folder), photo_12mp: await makePhoto12(folder) };
      const subject: Record<string, number | string> = {};
      for (const [name, path] of Object.entries(images)) {
        const figures = await measureImage(join(folder, name), await readInput(path), isQuick ? 4 : 200);
        for (const [figure, value] of Object.entries(figures)) subject[`${name}_${figure}`] = value;
        log(`${name}: ${JSON.stringify(figures)}`);
      }
      return { subject: { ...subject, ...(await measureFrames(isQuick ? 5 : 60)) }, ratios: {}, isMet: true };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measureImage(dataDir: string, image: { bytes: Uint8Array; name: string }, count: number): Promise<Figures> {
  const work = async (platform: Platform, client: Client, times: number): Promise<number> => {
    const execute = async (): Promise<void> => void (await client.execute(inspectionPipeline.pipeline_id, image.bytes, image.name));
    return cpuOf(await platform.processes(), () => timeEach(times, lanes, execute));
  };
  // Tables and caches of a new installation are not what the next execution costs.
  const first = await startPlatform(dataDir);
  const maker = await first.login();
  await maker.definePipeline(inspectionPipeline);
  await work(first, maker, Math.ceil(count / 10));
  await first.stop();
  const before = await sizesOf(dataDir);
  const platform = await startPlatform(dataDir);
  const client = await platform.login();
  await work(platform, client, Math.ceil(count / 10));
  const cpuMs = await work(platform, client, count);
  await settle();
  const memory = await memoryByProgram(platform);
  await platform.stop();
  const after = await sizesOf(dataDir);
  const each = (what: keyof Sizes): number => round((after[what] - before[what]) / (count + Math.ceil(count / 10)) / 1000, 1);
  return {
    upload_kb: round(image.bytes.length / 1000, 1),
    cpu_ms: round(cpuMs / count),
    kept_kb: each('kept'),
    handover_kb: each('handover'),
    database_kb: each('database'),
    ...memory,
  };
}

/** Of a camera that its service keeps up with; `cpu_ms` is of all programs together, the camera's own not among them. */
async function measureFrames(seconds: number): Promise<Figures> {
  const [clip, cameras] = [await makeClip(), await startCameraPlatform(new Set())];
  try {
    const play = (length: number) => playClip(cameras.overGrpc(), { clip, fps: 15, seconds: length });
    await play(Math.ceil(seconds / 6));
    let answered = 0;
    const cpuMs = await cpuOf(await cameras.platform.processes(), async () => {
      answered = (await play(seconds)).counts.answered;
    });
    const { camera_stream_mib = 0 } = await memoryByProgram(cameras.platform);
    return { frame_720p_cpu_ms: round(cpuMs / answered), frame_720p_answered: answered, frame_720p_camera_stream_mib: camera_stream_mib };
  } finally {
    await cameras.close();
  }
}

async function memoryByProgram(platform: Platform): Promise<Figures> {
  const sums: Record<string, number> = {};
  for (const pid of await platform.processes()) {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const at = words.findIndex((word) => word.endsWith('main.ts'));
    const name = words[at]?.includes('/services/') ? (words[at + 1] ?? '') : words[at]?.includes('/backend/') ? 'backend' : 'starter';
    const key = `${name.replace('-', '_')}_mib`;
    sums[key] = round((sums[key] ?? 0) + (await memoryMib([pid])), 0);
  }
  return sums;
}

interface Sizes {
  readonly kept: number;
  /** Lossless images between steps, which have a time and a bound of their own. */
  readonly handover: number;
  readonly database: number;
}

async function sizesOf(dataDir: string): Promise<Sizes> {
  const sums = { kept: 0, handover: 0 };
  for (const entry of await readdir(join(dataDir, 'objects'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const { size } = await stat(join(entry.parentPath, entry.name));
    sums[entry.name.endsWith('.ppm') ? 'handover' : 'kept'] += size;
  }
  const { db, close } = await openDatabase(`pglite:${join(dataDir, 'database')}`, { autoMigrate: false });
  const { rows } = await sql<{ size: string }>`select pg_database_size(current_database()) as size`.execute(db);
  await close();
  return { ...sums, database: Number(rows[0]?.size) };
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, settleMs));
}
