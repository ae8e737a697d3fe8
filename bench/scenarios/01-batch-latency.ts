/** One image at a time through REST, against bare compute. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { round, summarise, timeEach } from '../figures.ts';
import { startFloor } from '../floor/process.ts';
import { makeScratchFolder, makeSurface1080 } from '../inputs.ts';
import { inspectionPipeline } from '../inspection.ts';
import { readInput, startPlatform } from '../platform.ts';
import { cpuOf } from '../processes.ts';
import type { Scenario } from '../scenario.ts';
import { embeddedServers, startRealServers } from '../servers.ts';

export const scenario: Scenario = {
  number: 1,
  name: 'batch, 1080p JPEG: resize 640, detect at 320, sharpen; all stored; one at a time through REST',
  goal: 'p50 ≤ 1.25 × bare compute + 5 ms; p99 ≤ 2 × p50',
  variants: ['real'],
  async run({ isQuick, variants, log }) {
    const folder = await makeScratchFolder();
    const image = await makeSurface1080(folder);
    const { bytes, name } = await readInput(image);
    const servers = variants.has('real') ? await startRealServers() : embeddedServers;
    const platform = await startPlatform(join(folder, 'data'), servers.env);
    const floor = await startFloor('inspect', image);
    try {
      const client = await platform.login();
      await client.definePipeline(inspectionPipeline);
      const execute = async () => {
        await client.execute(inspectionPipeline.pipeline_id, bytes, name);
      };
      const [rounds, each] = isQuick ? [1, 5] : [6, 50];
      await timeEach(isQuick ? 3 : 30, 1, execute);
      const [ours, bare]: [number[], number[]] = [[], []];
      const pids = await platform.processes();
      let [oursCpu, bareCpu] = [0, 0];
      for (let at = 0; at < rounds; at++) {
        bareCpu += await cpuOf([floor.pid], async () => bare.push(...(await floor.run(each, 1))));
        oursCpu += await cpuOf(pids, async () => ours.push(...(await timeEach(each, 1, execute))));
        log(`round ${at + 1} of ${rounds}`);
      }
      return judge(ours, bare, { ours: oursCpu / ours.length, bare: bareCpu / bare.length });
    } finally {
      await floor.stop();
      await platform.stop();
      await servers.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function judge(ours: readonly number[], bare: readonly number[], cpu: { ours: number; bare: number }) {
  const subject = { ...summarise(ours), cpu_ms_per_image: round(cpu.ours) };
  const name = 'bare compute: the same image work in one process';
  const baseline = { name, ...summarise(bare), cpu_ms_per_image: round(cpu.bare) };
  const limitMs = 1.25 * baseline.p50_ms + 5;
  return {
    subject,
    baseline,
    ratios: {
      p50_to_bare: Number((subject.p50_ms / baseline.p50_ms).toFixed(2)),
      p50_limit_ms: Number(limitMs.toFixed(2)),
      p99_to_p50: Number((subject.p99_ms / subject.p50_ms).toFixed(2)),
    },
    isMet: subject.p50_ms <= limitMs && subject.p99_ms <= 2 * subject.p50_ms,
  };
}
