/** Whatever dies at whatever moment: no accepted execution is lost, stuck or done twice. Longer: `npm run test:fault -- --minutes 30`. */
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { runFaultTest } from './run.ts';

const seed = Number(process.env.FAULT_SEED ?? randomInt(2 ** 31));

// Needs signals that stop a process, and finds the processes in /proc.
test.skipIf(process.platform !== 'linux')(
  'processes that die and stand still at random moments lose nothing and do nothing twice',
  async () => {
    console.log(`seed ${seed}`);
    const { counts, anomalies, dataDir } = await runFaultTest({ seed, durationMs: 75_000, withSupervisor: false, log: () => undefined });
    console.log(JSON.stringify(counts));
    expect(anomalies, `seed ${seed}, data: ${dataDir}`).toEqual([]);
    expect(counts.accepted).toBe((counts.completed ?? 0) + (counts.failed ?? 0) + (counts.cancelled ?? 0));
    expect(counts.accepted).toBeGreaterThan(20);
  },
  900_000,
);
