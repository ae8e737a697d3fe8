/** The resize service by itself, against sharp called directly. */
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { percentile, round, timeEach } from '../figures.ts';
import { type Floor, startFloor } from '../floor/process.ts';
import { makePhoto1080, makeScratchFolder } from '../inputs.ts';
import { cpuOf } from '../processes.ts';
import { type ResizeProcess, startResizeService } from '../resizing.ts';
import type { Scenario } from '../scenario.ts';

const lanes = availableParallelism() + 2;

export const scenario: Scenario = {
  number: 4,
  name: 'ResizeService alone, stored 1080p JPEG to stored JPEG 640 wide, over gRPC',
  goal: "≥ 95 % of the images/s of sharp's own (file to buffer, one process, nothing stored)",
  async run({ isQuick, log }) {
    const folder = await makeScratchFolder();
    const image = await makePhoto1080(folder);
    const service = await startResizeService(join(folder, 'data'), image);
    const floor = await startFloor('resize', image);
    try {
      const [rounds, each] = isQuick ? [1, 20] : [8, 300];
      await timeEach(isQuick ? 5 : 200, lanes, () => service.resize(640));
      await floor.run(isQuick ? 5 : 200, lanes);
      return await measure(service, floor, rounds, each, log);
    } finally {
      await floor.stop();
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measure(service: ResizeProcess, floor: Floor, rounds: number, each: number, log: (line: string) => void) {
  const [ours, bare]: [number[], number[]] = [[], []];
  const [oursAlone, bareAlone]: [number[], number[]] = [[], []];
  let [oursCpu, bareCpu] = [0, 0];
  for (let at = 0; at < rounds; at++) {
    bareCpu += await cpuOf([floor.pid], async () => bare.push(await rateOf(each, () => floor.run(each, lanes))));
    oursCpu += await cpuOf([service.pid], async () =>
      ours.push(await rateOf(each, () => timeEach(each, lanes, () => service.resize(640)))),
    );
    bareAlone.push(...(await floor.run(each / 10, 1)));
    oursAlone.push(...(await timeEach(each / 10, 1, () => service.resize(640))));
    log(`round ${at + 1} of ${rounds}: ${round(ours.at(-1) ?? 0)} and ${round(bare.at(-1) ?? 0)} images/s`);
  }
  const [subject, baseline] = [percentile(ours, 0.5), percentile(bare, 0.5)];
  return {
    subject: {
      images_per_second: round(subject),
      lanes,
      cpu_ms_per_image: round(oursCpu / (rounds * each)),
      alone_p50_ms: round(percentile(oursAlone, 0.5)),
    },
    baseline: {
      name: 'sharp called directly',
      images_per_second: round(baseline),
      cpu_ms_per_image: round(bareCpu / (rounds * each)),
      alone_p50_ms: round(percentile(bareAlone, 0.5)),
    },
    ratios: { to_sharp: round(subject / baseline, 3) },
    isMet: subject >= 0.95 * baseline,
  };
}

async function rateOf(count: number, work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return count / ((performance.now() - startedAt) / 1000);
}
