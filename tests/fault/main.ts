/** `npm run test:fault -- [--minutes 30] [--seed N]`: hurts the whole platform at random moments and counts what is left. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runFaultTest } from './run.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } });
const minutes = Number(values.minutes);
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error('Usage: npm run test:fault -- [--minutes 30] [--seed N]');

console.log(`seed ${seed}, ${minutes} minutes`);
const startedAt = performance.now();
const log = (line: string) => console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`);
const { counts, anomalies, dataDir } = await runFaultTest({ seed, durationMs: minutes * 60_000, withSupervisor: true, log });
console.log(counts);
for (const anomaly of anomalies) console.error(`! ${anomaly}`);
console.log(
  anomalies.length === 0 ? `seed ${seed}: nothing lost, nothing twice` : `seed ${seed}: ${anomalies.length} found; data: ${dataDir}`,
);
process.exitCode = anomalies.length === 0 ? 0 : 1;
