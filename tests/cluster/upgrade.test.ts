/** A rolling upgrade as docs/guides/upgrade.md has it: the tables first, then one program after the other, while clients go on. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { openObjects } from '@imageflow/adapters/objects';
import type { ObjectStore } from '@imageflow/core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Lab, openLab } from '../../apps/backend/src/rooms/executions/lab.ts';
import { isWithout } from '../../scripts/servers/wanted.ts';
import { adminPassword, json, type Seat, signIn, takeSeat } from './client.ts';
import { findPrevious, unpack } from './previous.ts';
import { type BackendProgram, type Program, startBackend, startWorker } from './programs.ts';
import { openServers, type Servers } from './servers.ts';

const run = promisify(execFile);
const cli = join(import.meta.dirname, '../../apps/cli/src/main.ts');
const previous = findPrevious();

describe.skipIf(previous === undefined || isWithout('postgres', 'seaweedfs', 'kafka'))('a rolling upgrade', () => {
  const programs: Program[] = [];
  let folder: string;
  let servers: Servers;
  let objects: ObjectStore;
  let lab: Lab;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'imageflow-upgrade-'));
    if (previous !== undefined) unpack(previous, join(folder, 'previous'));
    servers = await openServers();
    objects = await openObjects(servers.objectsUrl);
    lab = await openLab(objects);
    env = {
      IMAGEFLOW_DATABASE_URL: servers.databaseUrl,
      IMAGEFLOW_OBJECTS_URL: servers.objectsUrl,
      IMAGEFLOW_BUS_URL: servers.busUrl,
      IMAGEFLOW_SERVICES: lab.setting,
      IMAGEFLOW_ADMIN_PASSWORD: adminPassword,
      IMAGEFLOW_DRAIN_MS: '10000',
    };
  }, 300_000);

  afterAll(async () => {
    await Promise.all(programs.map((program) => program.kill({ stays: 'dead' })));
    lab?.close();
    await objects?.close();
    await servers?.remove();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function backend(name: string, more: { readonly root?: string } = {}): Promise<BackendProgram> {
    const program = await startBackend(name, { env, folder, ...more });
    programs.push(program);
    await program.ready();
    return program;
  }

  const migrate = async (...options: readonly string[]): Promise<{ applied: string[]; pending: string[]; made: string[] }> => {
    const { stdout } = await run(process.execPath, [cli, 'migrate', '--json', ...options], { env: { ...process.env, ...env } });
    return JSON.parse(stdout);
  };

  test('loses nothing, and the version before runs on the tables of this one', { timeout: 300_000 }, async () => {
    const root = join(folder, 'previous');
    const old = await backend('old', { root });
    const oldWorker = await startWorker('old-worker', { env, folder, root });
    programs.push(oldWorker);
    await oldWorker.ready();
    expect((await migrate('--check').catch((error) => JSON.parse(error.stdout))).applied.at(-1)).toBe(previous?.migration);
    const { access } = await signIn(old.address);
    const [before, load] = [takeSeat(old.address, access), createLoad()];
    for (const execution_mode of ['direct_grpc', 'kafka_queue']) {
      const steps = [{ step_id: 'a', service: 'LabService', method: 'Make', parameters: { sleep_ms: 50 } }];
      expect((await before.ask('/pipelines', json({ pipeline_id: execution_mode, steps, execution_mode }))).status).toBe(201);
    }
    load.start(before);
    await load.grows();

    // 1. The tables, beside programs that know nothing of it.
    expect((await migrate()).made.length).toBeGreaterThan(0);
    await load.grows();
    // One that dies meanwhile comes back.
    await old.kill();
    await old.ready();
    await load.grows();

    // 2. The first new backend beside the old one: each sees what the other does, with the same sign-in.
    const fresh = await backend('fresh');
    const after = takeSeat(fresh.address, access);
    const id = await before.start('kafka_queue', { a: { sleep_ms: 2_000 } });
    const followed = await after.follow(id);
    load.start(after);
    await load.grows();
    await followed.ended;
    expect(followed.messages.at(-1)).toMatchObject({ type: 'completed' });

    // 3. The old ones go, in order, and hand over what they do not finish.
    load.leave(before);
    await Promise.all([old.stop(), oldWorker.stop()]);
    await load.grows();
    await load.stop();
    const ends = await Promise.all(load.accepted().map((accepted) => ended(after, accepted)));
    expect(ends.filter(({ status }) => status !== 'completed')).toEqual([]);
    expect(ends.filter(({ output_files }) => output_files.length !== 1)).toEqual([]);
    expect(await readFile(old.logFile, 'utf8')).toContain('tables_are_newer');
  });
});

async function ended(seat: Seat, id: string) {
  return vi.waitFor(
    async () => {
      const execution = await seat.get(id);
      if (execution.status === 'pending' || execution.status === 'running') throw new Error(`${id} is still ${execution.status}`);
      return execution;
    },
    { timeout: 60_000, interval: 50 },
  );
}

/** Clients of both modes that go on asking until they have an answer; a request that a dying backend cut off was not accepted. */
function createLoad() {
  const accepted: string[] = [];
  const left = new Set<Seat>();
  const lanes: Promise<void>[] = [];
  let isOn = true;
  const lane = async (seat: Seat, pipeline: string): Promise<void> => {
    while (isOn && !left.has(seat)) {
      const id = await seat.start(pipeline).catch(() => undefined);
      if (id !== undefined) accepted.push(id);
      await pause(id === undefined ? 300 : 100);
    }
  };
  return {
    accepted: () => accepted,
    start: (seat: Seat) => void lanes.push(lane(seat, 'direct_grpc'), lane(seat, 'kafka_queue')),
    leave: (seat: Seat) => void left.add(seat),
    grows: () => {
      const [from, limits] = [accepted.length, { timeout: 60_000, interval: 50 }];
      return vi.waitFor(() => expect(accepted.length).toBeGreaterThan(from + 8), limits);
    },
    async stop() {
      isOn = false;
      await Promise.all(lanes);
    },
  };
}
