/** `npm run test:cluster -- [--minutes 12] [--seed N]`: hurts a plant on real servers under load, and counts what is left. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runClusterTest } from './run.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '12' }, seed: { type: 'string' } } });
const minutes = Number(values.minutes);
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error('Usage: npm run test:cluster -- [--minutes 12] [--seed N]');

console.log(`seed ${seed}, ${minutes} minutes`);
const startedAt = performance.now();
const log = (line: string) => console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`);
const { counts, anomalies, folder } = await runClusterTest({ seed, minutes, log });
console.log(counts);
for (const anomaly of anomalies) console.error(`! ${anomaly}`);
console.log(
  anomalies.length === 0 ? `seed ${seed}: nothing lost, nothing twice` : `seed ${seed}: ${anomalies.length} found; logs: ${folder}`,
);
process.exit(anomalies.length === 0 ? 0 : 1);
