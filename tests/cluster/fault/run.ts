/** One run: the plant is started, worked and hurt, left in peace until all work has ended, stopped, and counted. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { executionRoutes, pipelineRoutes } from '@imageflow/contract';
import { audit } from '../../fault/audit.ts';
import { createChance } from '../../fault/chance.ts';
import { createBook, runClient } from '../../fault/load.ts';
import { createWatch, isPassing, poll } from '../../fault/watch.ts';
import { loadWork, ownPipelines } from '../../fault/work.ts';
import { hurt } from './faults.ts';
import { type Desk, type Plant, startPlant } from './plant.ts';

export interface RunOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly log: (line: string) => void;
}

export interface Report {
  readonly counts: Readonly<Record<string, number>>;
  /** In words; empty when all is well. */
  readonly anomalies: readonly string[];
  /** Logs of all programs; kept when there are anomalies. */
  readonly folder: string;
}

const clientsOfEach = 8;
const settleLimitMs = 300_000;

export async function runClusterTest({ seed, minutes, log }: RunOptions): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'imageflow-plant-'));
  log(`logs: ${folder}`);
  const chance = createChance(seed);
  const part = () => createChance(Math.floor(chance.next() * 2 ** 32));
  const [watch, book, work] = [createWatch(), createBook(), await loadWork()];
  const plant = await startPlant(folder);
  log(plant.network === undefined ? 'no network namespace may be made here: no cut' : 'everything is ready');
  try {
    const [desk] = plant.desks;
    for (const body of ownPipelines) await desk?.client.call(pipelineRoutes.createPipeline, { body });
    const [loading, watching] = [new AbortController(), new AbortController()];
    const load = plant.desks.flatMap((platform) =>
      Array.from({ length: clientsOfEach }, () => runClient({ platform, watch, work, book }, part(), loading.signal)),
    );
    const observers = plant.desks.map(({ client }) => poll(client, watch, part(), watching.signal));
    const going = Promise.all([...load, ...observers]);
    going.catch(() => loading.abort());
    const faults = await hurt(plant, minutes, part(), log, loading.signal);
    log('the faults end');
    loading.abort();
    await Promise.all(load);
    await settle(plant, log);
    watching.abort();
    await going;
    await plant.stop();
    const { databaseUrl, objectsUrl } = plant.servers;
    const { counts, anomalies } = await audit({ databaseUrl, objectsUrl, watch, book, work });
    const all = [...watch.anomalies, ...anomalies];
    if (all.length === 0) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    const own = { refused: book.refused, repeats: book.repeats, reruns: book.reruns, second_looks: watch.looks };
    return { counts: { ...counts, ...own, faults }, anomalies: all, folder };
  } finally {
    await plant.remove();
  }
}

/** Bounded: what does not end by then is stuck, and the count says so. */
async function settle(plant: Plant, log: (line: string) => void): Promise<void> {
  const until = Date.now() + settleLimitMs;
  while (Date.now() < until) {
    const open = await Promise.any(plant.desks.map(countOpen)).catch(() => undefined);
    if (open === 0) return;
    log(open === undefined ? 'no backend answers' : `${open} or more are still under way`);
    await delay(2_000);
  }
}

async function countOpen({ client, login }: Desk): Promise<number> {
  try {
    const pages = (['pending', 'running'] as const).map((status) =>
      client.call(executionRoutes.listExecutions, { query: { limit: 100, status } }),
    );
    return (await Promise.all(pages)).reduce((sum, page) => sum + page.items.length, 0);
  } catch (error) {
    if (isPassing(error)) await login().catch(() => undefined);
    throw error;
  }
}
