/**
 * `npm run test:streams -- [--minutes 5]`: a camera that drops every ten seconds for so long, then an AI service that stands still for a minute.
 * `npm run test:streams -- --soak [--minutes 30]`: four streams of different kinds; neither memory nor latency may grow.
 */
import { parseArgs } from 'node:util';
import { runDrops } from './drops.ts';
import { openStreamPlant } from './plant.ts';
import { runSoak } from './soak.ts';
import { runStall } from './stall.ts';
import type { Trial } from './trial.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string' }, soak: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const minutes = Number(values.minutes ?? (values.soak ? 30 : 5));
const all: Readonly<Record<string, Trial>> = values.soak ? { soak: runSoak } : { drops: runDrops, stall: runStall };
const trials = Object.entries(all).filter(([name]) => values.only === undefined || values.only === name);
if (!(minutes > 0) || trials.length === 0) throw new Error('Usage: npm run test:streams -- [--soak] [--minutes 5] [--only drops|stall]');

const startedAt = performance.now();
const log = (line: string) => console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`);
const plant = await openStreamPlant();
const anomalies: string[] = [];
try {
  for (const [name, run] of trials) {
    log(`${name}: begins`);
    const outcome = await run({ plant, durationMs: minutes * 60_000, log });
    console.log(name, outcome.figures);
    anomalies.push(...outcome.anomalies.map((anomaly) => `${name}: ${anomaly}`));
  }
} finally {
  await plant.close();
}
anomalies.push(...plant.anomalies);
for (const anomaly of anomalies) console.error(`! ${anomaly}`);
console.log(anomalies.length === 0 ? 'all is well' : `${anomalies.length} found`);
process.exitCode = anomalies.length === 0 ? 0 : 1;
