/** How fast everything embedded is ready on data that exists, and what it holds in memory when idle. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { percentile, round } from '../figures.ts';
import { makeScratchFolder, makeSurface1080 } from '../inputs.ts';
import { readInput, startPlatform } from '../platform.ts';
import { memoryMib } from '../processes.ts';
import type { Scenario } from '../scenario.ts';

const settleMs = 5_000;

export const scenario: Scenario = {
  number: 13,
  name: 'warm start to ready; idle memory of everything embedded',
  goal: 'ready in < 4 s; < 1 GB idle, the database included',
  async run({ isQuick, log }) {
    const folder = await makeScratchFolder();
    const dataDir = join(folder, 'data');
    const image = await readInput(await makeSurface1080(folder));
    try {
      await (await startPlatform(dataDir)).stop();
      const [starts, memories]: [number[], number[]] = [[], []];
      for (let at = 0; at < (isQuick ? 1 : 5); at++) {
        const platform = await startPlatform(dataDir);
        starts.push(platform.startedInMs);
        await settle();
        memories.push(await memoryMib(await platform.processes()));
        await platform.stop();
        log(`start ${at + 1}: ${round(platform.startedInMs, 0)} ms, ${round(memories.at(-1) ?? 0, 0)} MiB`);
      }
      const usedMib = await memoryAfterWork(dataDir, image, isQuick ? 3 : 50);
      return judge(starts, memories, usedMib);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Idle again after real work: what a server in use keeps. */
async function memoryAfterWork(dataDir: string, image: { bytes: Uint8Array; name: string }, count: number): Promise<number> {
  const platform = await startPlatform(dataDir);
  try {
    const client = await platform.login();
    for (let at = 0; at < count; at++) await client.execute('quality-inspection-v1', image.bytes, image.name);
    await settle();
    return await memoryMib(await platform.processes());
  } finally {
    await platform.stop();
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, settleMs));
}

function judge(starts: readonly number[], memories: readonly number[], usedMib: number) {
  const [startMs, idleMib] = [percentile(starts, 0.5), percentile(memories, 0.5)];
  return {
    subject: {
      start_p50_ms: round(startMs, 0),
      start_max_ms: round(Math.max(...starts), 0),
      idle_mib: round(idleMib, 0),
      idle_after_work_mib: round(usedMib, 0),
    },
    ratios: { start_limit_ms: 4000, idle_limit_mib: 953.7 },
    isMet: startMs < 4000 && idleMib < 953.7,
  };
}
