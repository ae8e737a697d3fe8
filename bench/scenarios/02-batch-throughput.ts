/** As many images a second as the machine gives, against bare compute on all its cores. */
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { percentile, round, timeEach } from '../figures.ts';
import { type Floor, startFloor } from '../floor/process.ts';
import { makeScratchFolder, makeSurface1080 } from '../inputs.ts';
import { inspectionPipeline } from '../inspection.ts';
import { readInput, startPlatform } from '../platform.ts';
import type { Scenario } from '../scenario.ts';
import { embeddedServers, startRealServers } from '../servers.ts';

const lanes = 8;

export const scenario: Scenario = {
  number: 2,
  name: 'the pipeline of row 1 at saturation',
  goal: '≥ 85 % of the images/s of bare compute on all cores',
  variants: ['real'],
  async run({ isQuick, variants, log }) {
    const folder = await makeScratchFolder();
    const image = await makeSurface1080(folder);
    const { bytes, name } = await readInput(image);
    const servers = variants.has('real') ? await startRealServers() : embeddedServers;
    const platform = await startPlatform(join(folder, 'data'), servers.env);
    const floors = await Promise.all(Array.from({ length: availableParallelism() }, () => startFloor('inspect', image)));
    try {
      const client = await platform.login();
      await client.definePipeline(inspectionPipeline);
      const execute = async () => {
        await client.execute(inspectionPipeline.pipeline_id, bytes, name);
      };
      const [rounds, each] = isQuick ? [1, 16] : [5, 200];
      await timeEach(isQuick ? 4 : 60, lanes, execute);
      const [ours, bare]: [number[], number[]] = [[], []];
      for (let at = 0; at < rounds; at++) {
        bare.push(await rateOf(each, () => runFloors(floors, each)));
        ours.push(await rateOf(each, () => timeEach(each, lanes, execute)));
        log(`round ${at + 1} of ${rounds}: ${round(ours.at(-1) ?? 0)} and ${round(bare.at(-1) ?? 0)} images/s`);
      }
      return judge(ours, bare);
    } finally {
      await Promise.all(floors.map((floor) => floor.stop()));
      await platform.stop();
      await servers.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function runFloors(floors: readonly Floor[], count: number): Promise<void> {
  // Two at a time each: one computes on the main thread while the other's pixels are in libvips or onnxruntime.
  await Promise.all(floors.map((floor) => floor.run(Math.ceil(count / floors.length), 2)));
}

async function rateOf(count: number, work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return count / ((performance.now() - startedAt) / 1000);
}

function judge(ours: readonly number[], bare: readonly number[]) {
  const [subject, baseline] = [percentile(ours, 0.5), percentile(bare, 0.5)];
  return {
    subject: { images_per_second: round(subject), lanes },
    baseline: { name: 'bare compute, one process a core, two images each', images_per_second: round(baseline) },
    ratios: { to_bare: round(subject / baseline) },
    isMet: subject >= 0.85 * baseline,
  };
}
