/**
 * What adding backends and services costs, and what the servers cost that cannot be added: processor time of each part for a small execution.
 * The load model: a part that takes x ms of processor time an execution needs x cores at 1,000 executions/s.
 */
import sharp from 'sharp';
import { type Cluster, type Kind, type Part, startCluster } from '../cluster.ts';
import { round, timeEach } from '../figures.ts';
import { prefixed } from '../load/report.ts';
import { cpuMs } from '../processes.ts';
import type { Figures, Scenario } from '../scenario.ts';

const lanes = 8;
/** Of a machine that a plant gives to one server. */
const serverCores = 16;
const parts: readonly Part[] = ['backends', 'services', 'postgres', 's3', 'kafka'];

const pipeline = {
  pipeline_id: 'bench-small',
  name: 'Bench: a small picture, resized',
  version: '1.0.0',
  description: 'Row 15 of the table of goals',
  execution_mode: 'direct_grpc',
  steps: [{ step_id: 'resize', service: 'ResizeService', method: 'Resize', parameters: { target_width: 64, target_height: 64 } }],
};

export const scenario: Scenario = {
  number: 15,
  name: 'small executions (one resize) on real servers: one backend and one service, then two of each',
  goal: `an execution costs ≤ 1.15 × with two of each; at 1,000 a second PostgreSQL, S3 and Kafka need ≤ ${serverCores} cores each`,
  variants: ['real'],
  isRealOnly: true,
  async run({ isQuick, log }) {
    const count = isQuick ? 40 : 3_000;
    const one = await measure(1, count);
    log(`one of each: ${JSON.stringify(one)}`);
    const two = await measure(2, count);
    const growth = round(Number(two.all_cpu_ms) / Number(one.all_cpu_ms));
    const largest = Math.max(...parts.slice(2).map((part) => Number(two[`${part}_cpu_ms`])));
    return {
      subject: { ...prefixed('one_', one), ...prefixed('two_', two), lanes },
      ratios: { cost_two_to_one: growth, server_cores_at_1000_per_second: largest },
      isMet: growth <= 1.15 && largest <= serverCores,
      notes: ['The clients run on the same cores: executions/s are lower than the processor time allows.'],
    };
  },
};

async function measure(each: number, count: number): Promise<Figures> {
  const cluster = await startCluster({ backends: each, services: Array.from({ length: each }, (): Kind => 'resize') });
  try {
    const image = await sharp({ create: { width: 320, height: 240, channels: 3, background: '#8090a0' } })
      .jpeg()
      .toBuffer();
    await cluster.seats[0].client.definePipeline(pipeline);
    const execute = async (index: number): Promise<void> => {
      const { client } = cluster.seats[index % cluster.seats.length] ?? cluster.seats[0];
      await client.execute(pipeline.pipeline_id, image, 'small.jpg');
    };
    await timeEach(Math.ceil(count / 5), lanes, execute);
    const before = await usedBy(cluster);
    const startedAt = performance.now();
    await timeEach(count, lanes, execute);
    const seconds = (performance.now() - startedAt) / 1000;
    const after = await usedBy(cluster);
    const costs = Object.fromEntries(parts.map((part) => [`${part}_cpu_ms`, round((after[part] - before[part]) / count)]));
    const all = round(Object.values(costs).reduce((sum, cost) => sum + cost, 0));
    return { per_second: round(count / seconds), ...costs, all_cpu_ms: all };
  } finally {
    await cluster.close();
  }
}

async function usedBy(cluster: Cluster): Promise<Record<Part, number>> {
  const pids = await cluster.parts();
  const used = await Promise.all(parts.map(async (part) => [part, await cpuMs(pids[part])] as const));
  return Object.fromEntries(used) as Record<Part, number>;
}
