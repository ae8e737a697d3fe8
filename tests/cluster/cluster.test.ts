/** Two backends and two workers on one database, one object store and one bus: what one of them knows, all know; what one leaves, another takes. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openObjects } from '@imageflow/adapters/objects';
import type { ObjectStore } from '@imageflow/core';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Lab, openLab } from '../../apps/backend/src/rooms/executions/lab.ts';
import { openTestService } from '../../apps/backend/src/testing/service.ts';
import { isWithout } from '../../scripts/servers/wanted.ts';
import { adminPassword, type Execution, json, type Seat, signIn, takeSeat } from './client.ts';
import { type BackendProgram, type ReachedProgram, startBackend, startWorker } from './programs.ts';
import { openRegistry } from './registry.ts';
import { openServers, type Servers } from './servers.ts';

const backends: BackendProgram[] = [];
const workers: ReachedProgram[] = [];
let folder: string;
let servers: Servers;
let objects: ObjectStore;
let lab: Lab;
let sql: Client;
let env: Readonly<Record<string, string>>;
let one: Seat;
let two: Seat;
let tokens: { access: string; refresh: string };

describe.skipIf(isWithout('postgres', 'seaweedfs', 'kafka'))('a cluster', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'imageflow-cluster-'));
    servers = await openServers();
    objects = await openObjects(servers.objectsUrl);
    lab = await openLab(objects);
    env = {
      IMAGEFLOW_DATABASE_URL: servers.databaseUrl,
      IMAGEFLOW_OBJECTS_URL: servers.objectsUrl,
      IMAGEFLOW_BUS_URL: servers.busUrl,
      IMAGEFLOW_SERVICES: lab.setting,
      IMAGEFLOW_ADMIN_PASSWORD: adminPassword,
      IMAGEFLOW_CONCURRENCY: '1',
      IMAGEFLOW_QUEUE_LIMIT: '25',
      IMAGEFLOW_DRAIN_MS: '8000',
    };
    backends.push(...(await Promise.all(['backend-1', 'backend-2'].map((name) => startBackend(name, { env, folder })))));
    workers.push(...(await Promise.all(['worker-1', 'worker-2'].map((name) => startWorker(name, { env, folder })))));
    await Promise.all([...backends, ...workers].map((program) => program.ready()));
    sql = new Client({ connectionString: servers.databaseUrl });
    await sql.connect();
    tokens = await signIn(backends[0]?.address ?? '');
    one = takeSeat(backends[0]?.address ?? '', tokens.access);
    two = takeSeat(backends[1]?.address ?? '', tokens.access);
    const step = (step_id: string, depends_on: string[] = []) => ({ step_id, service: 'LabService', method: 'Make', depends_on });
    await one.ask('/pipelines', json({ pipeline_id: 'single', steps: [step('a')] }));
    await one.ask('/pipelines', json({ pipeline_id: 'double', steps: [step('a'), step('b', ['a'])] }));
    await one.ask('/pipelines', json({ pipeline_id: 'queued', steps: [step('a')], execution_mode: 'kafka_queue' }));
  }, 300_000);

  afterAll(async () => {
    await sql?.end();
    await Promise.all([...backends, ...workers].map((program) => program.kill({ stays: 'dead' })));
    lab?.close();
    await servers?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  async function rows<T extends object>(text: string, values: readonly unknown[] = []): Promise<readonly T[]> {
    return (await sql.query<T & Record<string, unknown>>(text, [...values])).rows;
  }

  const ended = (seat: Seat, id: string, timeout = 60_000): Promise<Execution> =>
    vi.waitFor(
      async () => {
        const execution = await seat.get(id);
        expect(['completed', 'failed', 'cancelled'], JSON.stringify(execution)).toContain(execution.status);
        return execution;
      },
      { timeout, interval: 50 },
    );

  /** How often it stands in the logs. */
  async function countLogged(text: string): Promise<number> {
    const logs = await Promise.all([...backends, ...workers].map((program) => readFile(program.logFile, 'utf8')));
    return logs.join('').split(text).length - 1;
  }

  test('all that started at once share one new installation: tables made once, one signing key, one administrator, each sample once', async () => {
    const [names] = await rows<{ all: number; different: number }>(
      'select count(*)::int as "all", count(distinct name)::int as different from kysely_migration',
    );
    expect(names?.all).toBe(names?.different);
    expect(await countLogged('"event":"migrated"')).toBe(names?.all);
    expect(await countLogged('"event":"seeded"')).toBe(1);
    const [made] = await rows<{ keys: number; users: number; pipelines: number; ids: number }>(`
    select (select count(*)::int from signing_keys) as keys, (select count(*)::int from users) as users,
           (select count(*)::int from pipelines) as pipelines, (select count(distinct pipeline_id)::int from pipelines) as ids`);
    expect(made).toMatchObject({ keys: 1, users: 1 });
    expect(made?.pipelines).toBe(made?.ids);
  });

  test('a sign-in on one backend holds on the other: access token, exchange of the refresh token, one-time ticket, sign-out', async () => {
    const own = await signIn(one.address);
    const there = takeSeat(two.address, own.access);
    expect((await there.ask('/auth/me')).status).toBe(200);
    const exchanged = await there.ask('/auth/refresh', json({ refresh_token: own.refresh }));
    expect(exchanged.status).toBe(200);
    const { ticket } = (await takeSeat(one.address, own.access).ask('/ws-tickets', json({}))).body as { ticket: string };
    const id = await one.start('single');
    const open = (): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${two.address.replace('http', 'ws')}/ws/execution/${id}?ticket=${ticket}`);
        socket.onmessage = ({ data }) => {
          if (JSON.parse(String(data)).type === 'snapshot') resolve(true);
        };
        socket.onclose = () => resolve(false);
        socket.onerror = () => resolve(false);
      });
    expect(await open()).toBe(true);
    expect(await open()).toBe(false);
    expect((await takeSeat(one.address, own.access).ask('/auth/logout', { method: 'POST' })).status).toBeLessThan(300);
    await vi.waitFor(async () => expect((await there.ask('/auth/me')).status).toBe(401), { timeout: 15_000, interval: 100 });
  }, 60_000);

  test('attempts to sign in count together', async () => {
    const attempt = (index: number) =>
      fetch(`${index % 2 === 0 ? one.address : two.address}/api/v1/auth/login`, json({ username: 'nobody', password: 'wrong-password' }));
    const answers = [];
    for (let index = 0; index < 12; index += 1) answers.push((await attempt(index)).status);
    expect(answers.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(answers.slice(10)).toEqual([429, 429]);
  });

  test('a client of one backend follows what the other runs: a snapshot, then every event once and in order', async () => {
    const id = await one.start('double', { a: { sleep_ms: 300 }, b: { sleep_ms: 300 } });
    const followed = await two.follow(id);
    await followed.ended;
    const [snapshot, ...events] = followed.messages;
    expect(snapshot?.type).toBe('snapshot');
    const sequences = events.map((event) => event.sequence);
    expect(sequences).toEqual(sequences.map((_, index) => (snapshot?.sequence ?? 0) + 1 + index));
    expect(events.at(-1)).toMatchObject({ type: 'completed', sequence: (await one.get(id)).sequence });
  });

  test('an instance that announces itself to one backend is known to the other, and to the workers, and goes everywhere', async () => {
    const service = await openTestService('GuestService', [{ method: 'Do', parameters: { type: 'object' } }]);
    const key = (await readFile(join(folder, 'backend-1', 'service-key.txt'), 'utf8')).trim();
    expect((await readFile(join(folder, 'backend-2', 'service-key.txt'), 'utf8')).trim()).toBe(key);
    const registry = openRegistry(backends[0]?.grpcPort ?? 0, key);
    await registry.register('guest-1', `127.0.0.1:${service.port}`);
    const known = async (seat: Seat) => JSON.stringify((await seat.ask('/components')).body).includes('GuestService.Do');
    await vi.waitFor(async () => expect([await known(one), await known(two)]).toEqual([true, true]), { timeout: 40_000, interval: 100 });
    await registry.deregister('guest-1');
    await vi.waitFor(async () => expect([await known(one), await known(two)]).toEqual([false, false]), { timeout: 40_000, interval: 100 });
    registry.close();
    service.close();
  }, 180_000);

  test('engines share the queue: all of them run, each execution once, the most urgent first wherever it was accepted', async () => {
    lab.calls.length = 0;
    const slow = { sleep_ms: 800 };
    const ids: string[] = [];
    for (let index = 0; index < 12; index += 1) ids.push(await (index % 2 === 0 ? one : two).start('single', { a: slow }, 'low'));
    const urgent = await two.start('single', { a: slow }, 'high');
    const last = ids.at(-1) ?? '';
    expect((await one.get(last)).queue_position).toBeGreaterThan(0);
    await Promise.all([urgent, ...ids].map((id) => ended(one, id)));
    const times = await rows<{ id: string; started_at: Date }>(
      'select id, started_at from executions where id = any($1) order by started_at',
      [[urgent, ...ids]],
    );
    expect(times.findIndex((row) => row.id === urgent)).toBeLessThan(9);
    expect(lab.calls.length).toBe(13);
    const runners = await rows<{ runners: number; starts: number }>(
      `select count(distinct event->>'runner_id')::int as runners, count(*)::int as starts from execution_events
     where execution_id = any($1) and event->>'kind' = 'execution_started'`,
      [[urgent, ...ids]],
    );
    expect(runners[0]?.starts).toBe(13);
    // On a busy machine one of the four may come too late to get one.
    expect(runners[0]?.runners).toBeGreaterThanOrEqual(3);
  }, 180_000);

  test('a pipeline for the queue goes over the bus and is run by whoever has room', async () => {
    const ids = await Promise.all(
      Array.from({ length: 6 }, (_, index) => (index % 2 === 0 ? one : two).start('queued', { a: { sleep_ms: 50 } })),
    );
    const done = await Promise.all(ids.map((id) => ended(two, id)));
    for (const execution of done) expect(execution).toMatchObject({ status: 'completed', execution_mode: 'kafka_queue' });
  }, 180_000);

  test('the limit of waiting executions counts those of all backends, and one that waits is cancelled from anywhere', async () => {
    const ids: string[] = [];
    const refusals: number[] = [];
    for (let index = 0; index < 60 && refusals.length < 2; index += 1) {
      const started = await (index % 2 === 0 ? one : two).start('single', { a: { sleep_ms: 20_000 } }).catch((error: Error) => error);
      if (typeof started === 'string') ids.push(started);
      else refusals.push(Number(/^\d+/.exec(started.message)?.[0]));
      if (index >= 25) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(refusals).toEqual([429, 429]);
    expect(ids.length).toBeLessThan(60);
    const answers = await Promise.all(
      ids.map((id, index) => (index % 2 === 0 ? two : one).ask(`/executions/${id}/cancel`, { method: 'POST' })),
    );
    for (const answer of answers) expect([200, 202, 409]).toContain(answer.status);
    const all = await Promise.all(ids.map((id) => ended(one, id)));
    expect(all.filter((execution) => execution.status === 'cancelled').length).toBeGreaterThan(20);
    // Room that came on one backend is known to the other at once.
    await Promise.all([one, two].map(async (seat) => ended(seat, await seat.start('single'))));
  }, 180_000);

  test('kill -9 of the engine that runs it: another one completes it, within the lease, once', async () => {
    lab.calls.length = 0;
    const id = await one.start('double', { b: { sleep_ms: 4_000 } });
    await vi.waitFor(() => expect(lab.calls).toContain('b/1'), { timeout: 40_000, interval: 20 });
    // The events before must be in the journal: progress is gathered for a moment before it is written.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await backends[0]?.kill({ stays: 'dead' });
    const killedAt = Date.now();
    const followed = await two.follow(id);
    const execution = await ended(two, id);
    expect(Date.now() - killedAt).toBeLessThan(45_000);
    expect(execution).toMatchObject({ status: 'completed' });
    expect(execution.output_files.map((file) => file.step_id)).toEqual(['b']);
    await followed.ended;
    expect(followed.messages.at(-1)?.type).toBe('completed');
    expect(lab.calls.filter((call) => call.startsWith('a/')).length).toBe(1);
    const ends = await rows<{ ends: number; takeovers: number }>(
      `select count(*)::int as ends, (select takeovers from executions where id = $1) as takeovers from execution_events where execution_id = $1 and event->>'kind' = 'execution_completed'`,
      [id],
    );
    expect(ends[0]).toEqual({ ends: 1, takeovers: 1 });
    backends[0]?.start();
    await backends[0]?.ready();
    expect((await one.get(id)).status).toBe('completed');
  }, 180_000);

  test('a worker that is replaced finishes what it runs and leaves the rest; no request fails', async () => {
    const done: Execution[] = [];
    let isOver = false;
    // Each sends its next one when its last one has ended: what waits is never more than the limit, however slow the machine.
    const submit = async (): Promise<void> => {
      while (!isOver) done.push(await ended(two, await two.start('double', { b: { sleep_ms: 100 } })));
    };
    const replace = async (): Promise<void> => {
      for (const worker of workers) {
        await worker.stop();
        worker.start();
        await worker.ready();
      }
      isOver = true;
    };
    await Promise.all([replace(), ...Array.from({ length: 6 }, submit)]);
    for (const execution of done) expect(execution.status, JSON.stringify(execution.error)).toBe('completed');
    const ids = done.map(({ execution_id }) => execution_id);
    const [takeovers] = await rows<{ sum: number }>('select coalesce(sum(takeovers), 0)::int as sum from executions where id = any($1)', [
      ids,
    ]);
    expect(takeovers?.sum).toBe(0);
  }, 180_000);

  test('a worker answers probes and metrics only', async () => {
    const address = workers[0]?.address ?? '';
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${address}/metrics`)).text()).toContain('imageflow_executions');
    expect((await fetch(`${address}/api/v1/health`)).status).toBe(404);
  });

  test('one process at a time removes what is old and sums up', async () => {
    const duties = await vi.waitFor(
      async () => {
        const found = await rows<{ name: string; holder: string }>('select name, holder from duties order by name');
        expect(found.map((row) => row.name)).toContain('rollups');
        return found;
      },
      { timeout: 40_000, interval: 200 },
    );
    expect(new Set(duties.map((row) => row.name)).size).toBe(duties.length);
  });

  test('where automatic migration is forbidden, a start on tables that are not up to date says what to do', async () => {
    await sql.query('create database behind');
    const behind = servers.databaseUrl.replace(/\/[^/]+$/, '/behind');
    const program = await startBackend('backend-3', {
      env: { ...env, IMAGEFLOW_DATABASE_URL: behind, IMAGEFLOW_AUTO_MIGRATE: 'false' },
      folder,
    });
    await vi.waitFor(async () => expect(await readFile(program.logFile, 'utf8')).toContain('Run imageflow migrate'), { timeout: 60_000 });
    await program.kill({ stays: 'dead' });
  });
});
