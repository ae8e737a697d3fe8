/** The figures of a pipeline, and the list of its executions, when a million are stored: what do they cost, and does that grow? */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '@imageflow/adapters/database';
import { sql } from 'kysely';
import { round, summarise, timeEach } from '../figures.ts';
import { makeScratchFolder, makeSurface1080 } from '../inputs.ts';
import { inspectionPipeline } from '../inspection.ts';
import { type Client, type Platform, readInput, startPlatform } from '../platform.ts';
import type { Scenario } from '../scenario.ts';

const days = 90;
const lot = 50_000;
const limitMs = 300;
const flat = 1.5;

export const scenario: Scenario = {
  number: 16,
  name: 'figures of a pipeline with a million executions',
  goal: `p95 < ${limitMs} ms, and p50 ≤ ${flat} × that with a thousand executions in the same ${days} days`,
  async run({ isQuick, log }) {
    const folder = await makeScratchFolder();
    const dataDir = join(folder, 'data');
    try {
      await runOnce(dataDir, await readInput(await makeSurface1080(folder)));
      await multiply(dataDir, 1_000);
      const few = await ask(dataDir, isQuick ? 5 : 100);
      log(`1,000 stored: ${few.metrics.p50_ms} ms`);
      const count = isQuick ? 20_000 : 1_000_000;
      for (let stored = 1_000; stored < count; stored += lot) await multiply(dataDir, Math.min(lot, count - stored), log);
      const many = await ask(dataDir, isQuick ? 5 : 100);
      log(`${count} stored: ${many.metrics.p50_ms} ms`);
      const growth = round(many.metrics.p50_ms / few.metrics.p50_ms);
      return {
        subject: {
          executions: many.executions,
          metrics_p50_ms: many.metrics.p50_ms,
          metrics_p95_ms: many.metrics.p95_ms,
          list_p50_ms: many.list.p50_ms,
          list_p95_ms: many.list.p95_ms,
        },
        baseline: { name: '1,000 executions', metrics_p50_ms: few.metrics.p50_ms, list_p50_ms: few.list.p50_ms },
        ratios: { metrics: growth, list: round(many.list.p50_ms / few.list.p50_ms) },
        isMet: many.metrics.p95_ms < limitMs && growth <= flat,
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** One real execution; the others are made after it. */
async function runOnce(dataDir: string, image: { readonly bytes: Uint8Array; readonly name: string }): Promise<void> {
  await withPlatform(dataDir, async (client, { address }) => {
    await client.definePipeline(inspectionPipeline);
    await client.execute(inspectionPipeline.pipeline_id, image.bytes, image.name);
    // Asking brings it into the sums.
    await fetch(metricsOf(address), { headers: { authorization: client.authorization } });
  });
}

/** Executions with their events over the days before, and their sums by the hour, as the roll-up would leave them. */
async function multiply(dataDir: string, count: number, log?: (line: string) => void): Promise<void> {
  const startedAt = performance.now();
  const database = await openDatabase(`pglite:${join(dataDir, 'database')}`, {});
  const { db } = database;
  const hours = days * 24;
  await sql`create temporary table made as
    select gen_random_uuid() as id, clock_timestamp() - make_interval(secs => number * ${(days * 86_400) / count}::float8) as at
    from generate_series(1, ${count}::integer) as number`.execute(db);
  await sql`insert into executions (id, pipeline, pipeline_version, status, execution_mode, priority, parameters, input_files, takeovers, sequence,
      created_by, created_at, started_at, finished_at, processing_time_ms, rolled_up)
    select made.id, pipeline, pipeline_version, status, execution_mode, priority, parameters, input_files, takeovers, sequence,
      created_by, at, at, at, processing_time_ms, true
    from made, (select * from executions order by id limit 1) as first`.execute(db);
  await sql`insert into execution_events (execution_id, sequence, event)
    select made.id, sequence, event from made, (select * from execution_events where execution_id = (select execution_id from execution_events limit 1)) as first`.execute(
    db,
  );
  const each = Math.max(1, Math.round(count / hours));
  for (const table of ['pipeline_hours', 'step_hours']) {
    const columns =
      table === 'pipeline_hours' ? 'pipeline, cancelled' : 'pipeline, step_id, component, retried, sum_service_ms, sum_output_bytes';
    const key = table === 'pipeline_hours' ? 'pipeline, hour' : 'pipeline, hour, step_id, component';
    await sql
      .raw(
        `insert into ${table} as sums (${columns}, hour, completed, failed, sum_ms, min_ms, max_ms, histogram)
         select ${columns}, date_trunc('hour', now()) - make_interval(hours => ago), ${each}, 0, sum_ms * ${each}, min_ms, max_ms,
           (select jsonb_object_agg(key, value::integer * ${each}) from jsonb_each_text(histogram))
         from (select * from ${table} order by hour desc limit ${table === 'pipeline_hours' ? 1 : 3}) as first, generate_series(1, ${hours}) as ago
         on conflict (${key}) do update set completed = sums.completed + excluded.completed, sum_ms = sums.sum_ms + excluded.sum_ms,
           histogram = add_counts(sums.histogram, excluded.histogram)`,
      )
      .execute(db);
  }
  await database.close();
  log?.(`${count} more in ${round((performance.now() - startedAt) / 1000)} s`);
}

async function ask(dataDir: string, times: number) {
  return withPlatform(dataDir, async (client, { address }) => {
    const get = async (url: string): Promise<string> => {
      const answer = await fetch(url, { headers: { authorization: client.authorization } });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`);
      return text;
    };
    const list = `${address}/api/v1/executions?pipeline_id=${inspectionPipeline.pipeline_id}&limit=50`;
    await timeEach(5, 1, async () => void (await Promise.all([get(metricsOf(address)), get(list)])));
    const metrics = summarise(await timeEach(times, 1, async () => void (await get(metricsOf(address)))));
    const pages = summarise(await timeEach(times, 1, async () => void (await get(list))));
    const { metrics: figures } = JSON.parse(await get(metricsOf(address))) as {
      metrics: { performance_summary: { total_executions: number } };
    };
    return { metrics, list: pages, executions: figures.performance_summary.total_executions };
  });
}

function metricsOf(address: string): string {
  return `${address}/api/v1/pipelines/${inspectionPipeline.pipeline_id}/metrics?days=${days}`;
}

async function withPlatform<T>(dataDir: string, work: (client: Client, platform: Platform) => Promise<T>): Promise<T> {
  const platform = await startPlatform(dataDir);
  try {
    return await work(await platform.login(), platform);
  } finally {
    await platform.stop();
  }
}
