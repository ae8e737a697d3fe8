/** One run: the platform is started, worked and hurt for a while, left in peace until all work has ended, stopped, and counted. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executionRoutes, pipelineRoutes } from '@imageflow/contract';
import { audit } from './audit.ts';
import { createChance } from './chance.ts';
import { pause, startFaults } from './faults.ts';
import { createBook, runClient } from './load.ts';
import { type FaultPlatform, startPlatform } from './platform.ts';
import { createWatch, isPassing, poll } from './watch.ts';
import { loadWork, ownPipelines } from './work.ts';

export interface RunOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly withSupervisor: boolean;
  /** The data folder stays when something was found. */
  readonly log: (line: string) => void;
}

export interface Report {
  readonly counts: Readonly<Record<string, number>>;
  /** In words; empty when all is well. */
  readonly anomalies: readonly string[];
  /** Kept when there are anomalies. */
  readonly dataDir: string;
}

const clients = 8;
/** Executions that failed over and over wait up to half a minute for their next round. */
const settleLimitMs = 300_000;

export async function runFaultTest({ seed, durationMs, withSupervisor, log }: RunOptions): Promise<Report> {
  const dataDir = await mkdtemp(join(tmpdir(), 'imageflow-fault-'));
  const chance = createChance(seed);
  const part = () => createChance(Math.floor(chance.next() * 2 ** 32));
  const [watch, book, work] = [createWatch(), createBook(), await loadWork()];
  const platform = await startPlatform(dataDir, watch.report);
  let faults: ReturnType<typeof startFaults> | undefined;
  try {
    for (const body of ownPipelines) await platform.client.call(pipelineRoutes.createPipeline, { body });
    const [loading, watching] = [new AbortController(), new AbortController()];
    faults = startFaults({ platform, chance: part(), withSupervisor, log });
    const needs = { platform, watch, work, book };
    const load = Array.from({ length: clients }, () => runClient(needs, part(), loading.signal));
    const observer = poll(platform.client, watch, part(), watching.signal);
    const going = Promise.all([...load, observer]);
    await Promise.race([pause(durationMs), going]);
    log('the faults end');
    await faults.stop();
    loading.abort();
    await Promise.all(load);
    await settle(platform, log);
    watching.abort();
    await going;
  } finally {
    await faults?.stop().catch(() => undefined);
    await platform.stop();
  }
  const { counts, anomalies } = await audit({
    databaseUrl: `pglite:${join(dataDir, 'database')}`,
    objectsUrl: `folder:${join(dataDir, 'objects')}`,
    watch,
    book,
    work,
  });
  const all = [...watch.anomalies, ...anomalies];
  if (all.length === 0) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  const own = {
    refused: book.refused,
    repeats: book.repeats,
    reruns: book.reruns,
    cancels: book.cancelled.size,
    second_looks: watch.looks,
  };
  return { counts: { ...counts, ...own, ...faults.counts }, anomalies: all, dataDir };
}

/** Bounded: what does not end by then is stuck, and the count says so. */
async function settle(platform: FaultPlatform, log: (line: string) => void): Promise<void> {
  const until = performance.now() + settleLimitMs;
  while (performance.now() < until) {
    const open = await countOpen(platform);
    if (open === 0) return;
    log(open === undefined ? 'the platform is away' : `${open} or more are still under way`);
    await pause(2_000);
  }
}

async function countOpen({ client, login }: FaultPlatform): Promise<number | undefined> {
  try {
    const pages = (['pending', 'running'] as const).map((status) =>
      client.call(executionRoutes.listExecutions, { query: { limit: 100, status } }),
    );
    return (await Promise.all(pages)).reduce((sum, page) => sum + page.items.length, 0);
  } catch (error) {
    if (!isPassing(error)) throw error;
    await login().catch(() => undefined);
    return undefined;
  }
}
