/**
 * The disaster drill of docs/guides/drill.md: a backup of the real set under load, the loss of database and objects with all their data, the way
 * back onto new servers, and what was lost.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { scratchFolder } from '@imageflow/adapters/database/testing';
import { type Client, createClient } from '@imageflow/client';
import { authRoutes, executionRoutes, fileRoutes, pipelineRoutes, userRoutes } from '@imageflow/contract';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Column, type Parts, real } from '../e2e/columns.ts';
import { type Execution, formOf, readSample, waitForEnd } from '../e2e/images.ts';
import { openTestPlatform, type TestPlatform } from '../e2e/platform.ts';

const cli = join(import.meta.dirname, '../../apps/cli/src/main.ts');
const run = promisify(execFile);
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const inspector = { username: 'drill-inspector', password: 'the-inspector-of-the-drill' };
/** Direct, and through Kafka, whose messages no backup holds. */
const pipelines = ['quality-inspection-v1', 'drill-queue'];

describe.skipIf(real.isLeftOut)('a disaster', () => {
  let folder: string;
  const open: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(scratchFolder(), 'imageflow-drill-'));
  });
  afterAll(async () => {
    for (const each of open.toReversed()) await each.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Kept by whoever opens it: the platform on it ends before its servers do. */
  async function openSet(name: string): Promise<{ parts: Parts; column: Column }> {
    const parts = await real.open(join(folder, name));
    open.push(parts);
    return { parts, column: { ...real, open: async () => ({ ...parts, close: async () => undefined }) } };
  }

  async function openOn(column: Column): Promise<TestPlatform> {
    const platform = await openTestPlatform({}, column);
    open.push(platform);
    return platform;
  }

  function imageflow(parts: Parts, ...args: readonly string[]): Promise<{ stdout: string }> {
    const env = { ...process.env, ...parts.env, IMAGEFLOW_DATA_DIR: join(folder, 'data') };
    return run(process.execPath, [cli, ...args, '--data-dir', join(folder, 'data')], { env, timeout: 120_000 });
  }

  it('costs what came after the last backup, and nothing else', { timeout: 300_000 }, async () => {
    const first = await openSet('first');
    const plant = await openOn(first.column);
    const admin = await plant.client('admin');
    await admin.call(pipelineRoutes.createPipeline, { body: queued });
    await admin.call(userRoutes.createUser, { body: { ...inspector, role: 'inspector' } });
    const { access_token: token } = await signIn(plant.address);

    const load = startLoad(admin);
    await vi.waitFor(() => expect(load.ended.size).toBeGreaterThanOrEqual(6), { timeout: 120_000, interval: 100 });
    const [savedAt, atBackup, endedAtBackup] = [performance.now(), [...load.accepted], new Map(load.ended)];
    const backups = join(folder, 'backups');
    await imageflow(first.parts, 'backup', backups);
    const backupTook = seconds(savedAt);
    const afterBackup = new Set(load.accepted);
    await vi.waitFor(() => expect(load.accepted.size).toBeGreaterThan(afterBackup.size + 2), { timeout: 60_000, interval: 100 });
    const contents = await contentsOf(admin, [...endedAtBackup.values()]);
    await load.stop();

    // All of it goes: the servers with their data, and the programs that ran on them.
    const lostAt = performance.now();
    const lostWork = seconds(savedAt);
    await plant.killBackend();
    await first.parts.close();

    const second = await openSet('second');
    const restoredAt = performance.now();
    await imageflow(second.parts, 'restore', backups);
    const restoreTook = seconds(restoredAt);
    const again = await openOn(second.column);
    const back = await again.client('admin');
    const downFor = seconds(lostAt);

    // Passwords hold; every sign-in of before has ended.
    await signIn(again.address);
    expect((await fetch(`${again.address}/api/v1/auth/me`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
    // What had ended has the same end, with the same files; what was under way ends.
    for (const [id, before] of endedAtBackup) expect(faceOf(await waitForEnd(back, id, 60_000))).toEqual(faceOf(before));
    for (const id of atBackup) expect((await waitForEnd(back, id, 60_000)).status).toBe('completed');
    expect(await contentsOf(back, [...endedAtBackup.values()])).toEqual(contents);
    // What came after the backup is not there, and is not there halfway.
    const late = [...load.accepted].filter((id) => !afterBackup.has(id));
    const statuses = await Promise.all(late.map((id) => statusOf(back, id)));
    expect(new Set(statuses)).toEqual(new Set([404]));
    // And it works on.
    const next = await submit(back, 'drill-queue', await readSample('defects/4000_0001.png'));
    expect((await waitForEnd(back, next, 60_000)).status).toBe('completed');
    console.log(
      `drill: backup under load ${backupTook} (${atBackup.length} executions, ${contents.size} files compared); lost: the work of ${lostWork} before the disaster, ${late.length} executions; restore ${restoreTook}; ${downFor} from the loss to the first sign-in`,
    );
  });
});

const queued = {
  pipeline_id: 'drill-queue',
  name: 'Drill: through the queue',
  version: '1.0.0',
  execution_mode: 'kafka_queue' as const,
  steps: [{ step_id: 'small', service: 'ResizeService', method: 'Resize', parameters: { target_width: 64, target_height: 64 } }],
};

interface Load {
  readonly accepted: ReadonlySet<string>;
  readonly ended: ReadonlyMap<string, Execution>;
  stop(): Promise<void>;
}

/** Two users, each with one execution after the other. */
function startLoad(client: Client): Load {
  const accepted = new Set<string>();
  const ended = new Map<string, Execution>();
  let isOn = true;
  const lane = async (pipeline: string): Promise<void> => {
    const image = await readSample('defects/4000_0000.png');
    while (isOn) {
      const id = await submit(client, pipeline, image);
      accepted.add(id);
      ended.set(id, await waitForEnd(client, id, 60_000));
      await pause(50);
    }
  };
  const lanes = Promise.all(pipelines.map(lane));
  lanes.catch(() => undefined);
  return {
    accepted,
    ended,
    async stop() {
      isOn = false;
      await lanes;
    },
  };
}

async function submit(client: Client, pipeline: string, image: Uint8Array<ArrayBuffer>): Promise<string> {
  const form = formOf({ pipeline_id: pipeline }, [['plate.png', image]]);
  return (await client.call(executionRoutes.createExecution, { form })).execution_id;
}

function signIn(baseUrl: string) {
  return createClient({ baseUrl, language: 'en' }).call(authRoutes.login, { body: inspector });
}

function statusOf(client: Client, id: string): Promise<number> {
  return client.call(executionRoutes.getExecution, { params: { id } }).then(
    () => 200,
    (error: { readonly status?: number }) => error.status ?? 0,
  );
}

/** Everything of an end that must never change. */
function faceOf({ execution_id, status, sequence, finished_at, output_files, steps }: Execution): object {
  return { execution_id, status, sequence, finished_at, output_files, steps: steps.map((step) => [step.step_id, step.status]) };
}

/** Digests of all their files, by id. */
async function contentsOf(client: Client, executions: readonly Execution[]): Promise<ReadonlyMap<string, string>> {
  const ids = executions.flatMap(({ input_files, output_files }) => [...input_files, ...output_files].map(({ file_id }) => file_id));
  const digests = new Map<string, string>();
  for (const id of ids) {
    const { response } = await client.send(fileRoutes.downloadFile, { params: { id } });
    digests.set(
      id,
      createHash('sha256')
        .update(Buffer.from(await response.arrayBuffer()))
        .digest('hex'),
    );
  }
  return digests;
}
