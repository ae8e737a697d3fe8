/** A thousand photos of 12 megapixels through the whole platform: does its memory reach a plateau? */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { percentile, round, timeEach } from '../figures.ts';
import { makePhoto12, makeScratchFolder } from '../inputs.ts';
import { inspectionPipeline } from '../inspection.ts';
import { readInput, startPlatform } from '../platform.ts';
import { memoryMib } from '../processes.ts';
import type { Scenario } from '../scenario.ts';

const lanes = 8;
/** Photos until buffers, pools and compiled code have their size. */
const warmUpShare = 0.2;

export const scenario: Scenario = {
  number: 14,
  name: '1,000 photos of 12 megapixels through the pipeline of row 1, 8 at a time',
  goal: 'memory of all processes after warm-up grows < 1.2 ×',
  async run({ isQuick, log }) {
    const folder = await makeScratchFolder();
    const photo = await readInput(await makePhoto12(folder));
    const platform = await startPlatform(join(folder, 'data'));
    try {
      const client = await platform.login();
      await client.definePipeline(inspectionPipeline);
      const count = isQuick ? 20 : 1000;
      const samples: number[] = [];
      let done = 0;
      const times = await timeEach(count, lanes, async () => {
        await client.execute(inspectionPipeline.pipeline_id, photo.bytes, photo.name);
        done += 1;
        if (done % Math.ceil(count / 100) !== 0) return;
        samples.push(await memoryMib(await platform.processes()));
        if (samples.length % 10 === 0) log(`${done} photos: ${round(samples.at(-1) ?? 0, 0)} MiB`);
      });
      return judge(samples, times);
    } finally {
      await platform.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Medians of the fifth after the warm-up and of the last fifth: single samples swing with what is in flight. */
function judge(samples: readonly number[], times: readonly number[]) {
  const share = (from: number) => samples.slice(Math.floor(from * samples.length), Math.floor((from + 0.2) * samples.length));
  const [early, late] = [percentile(share(warmUpShare), 0.5), percentile(share(0.8), 0.5)];
  const growth = late / early;
  return {
    subject: {
      photos: times.length,
      after_warm_up_mib: round(early, 0),
      at_end_mib: round(late, 0),
      peak_mib: round(Math.max(...samples), 0),
      p50_ms: round(percentile(times, 0.5), 0),
    },
    ratios: { growth: round(growth, 3) },
    isMet: growth < 1.2,
  };
}
