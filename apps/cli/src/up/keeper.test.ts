/** With real programs of a few lines. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { isAlive } from '../running.ts';
import { type Keeper, keepRunning, StartFailed } from './keeper.ts';

const ready = "process.on('message', () => process.send({ kind: 'pong' })); process.send({ kind: 'ready' });";
const programs = {
  steady: `${ready} process.on('disconnect', () => process.exit(0)); setInterval(() => 0, 1000);`,
  deaf: `${ready} process.on('SIGTERM', () => 0); setInterval(() => 0, 1000);`,
  slow: 'setInterval(() => 0, 1000);',
  broken: "console.error('The folder is gone'); process.exit(3);",
};

let folder: string;
let keeper: Keeper | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-keeper-'));
  for (const [name, text] of Object.entries(programs)) await writeFile(join(folder, `${name}.mjs`), text);
});
afterEach(() => keeper?.kill());
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Kept {
  readonly keeper: Keeper;
  readonly deaths: string[];
  readonly told: string[];
  /** Resolves when it has been ready so many times. */
  readyTimes(times: number): Promise<void>;
}

function keep(name: keyof typeof programs, env: Readonly<Record<string, string>> = {}, silenceLimitMs = 20_000): Kept {
  const deaths: string[] = [];
  const told: string[] = [];
  let count = 0;
  let look: () => void = () => undefined;
  const log = new PassThrough();
  log.resume();
  keeper = keepRunning(
    { name, script: join(folder, `${name}.mjs`), args: [], env, silenceLimitMs },
    {
      log,
      onStart: () => told.push('started'),
      onReady: () => {
        told.push('ready');
        count += 1;
        look();
      },
      onDeath: (how, restartInMs) => deaths.push(`${how}, ${restartInMs}`),
    },
  );
  return {
    keeper,
    deaths,
    told,
    readyTimes: (times) =>
      new Promise((resolve) => {
        look = () => {
          if (count >= times) resolve();
        };
        look();
      }),
  };
}

test('a program that dies is started again, a little later each time', async () => {
  const { keeper, deaths, told, readyTimes } = keep('steady');
  await keeper.ready;
  const first = keeper.pid() ?? 0;
  process.kill(first, 'SIGKILL');
  await readyTimes(2);
  expect(keeper.pid()).not.toBe(first);
  process.kill(keeper.pid() ?? 0, 'SIGKILL');
  await readyTimes(3);
  expect(deaths).toEqual(['was ended by SIGKILL, 200', 'was ended by SIGKILL, 400']);
  expect(told, 'a process is told of before it is ready').toEqual(['started', 'ready', 'started', 'ready', 'started', 'ready']);
  await keeper.stop(5_000);
});

test('a program that stands still is killed and started again, once; one that only was slow is left alone', async () => {
  const { keeper, deaths, readyTimes } = keep('steady', {}, 1_000);
  await keeper.ready;
  const pid = keeper.pid() ?? 0;
  process.kill(pid, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 500));
  process.kill(pid, 'SIGCONT');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(deaths).toEqual([]);
  process.kill(pid, 'SIGSTOP');
  await readyTimes(2);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(deaths).toEqual(['did not answer for 1 s, 200']);
  expect(keeper.pid()).not.toBe(pid);
  await keeper.stop(5_000);
});

test('a stop is asked for, and is not taken for a death', async () => {
  const { keeper, deaths } = keep('steady');
  await keeper.ready;
  const pid = keeper.pid() ?? 0;
  await keeper.stop(5_000);
  expect(isAlive(pid)).toBe(false);
  expect(deaths).toEqual([]);
});

test('a program that does not stop is killed when its time is over', async () => {
  const { keeper } = keep('deaf');
  await keeper.ready;
  const pid = keeper.pid() ?? 0;
  await keeper.stop(100);
  expect(isAlive(pid)).toBe(false);
});

test('a program that is still starting can be stopped at once', async () => {
  const { keeper } = keep('slow');
  const startedAt = performance.now();
  await keeper.stop(20_000);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test('a program that ends before it is ready has failed to start, in its own words', async () => {
  const { keeper } = keep('broken');
  const error = await keeper.ready.catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(StartFailed);
  expect(error).toMatchObject({ program: 'broken', output: 'The folder is gone\n' });
});

test.skipIf(process.platform !== 'linux')('memory is kept together, unless the user says otherwise', async () => {
  for (const [env, expected] of [
    [{}, 'MALLOC_ARENA_MAX=2'],
    [{ MALLOC_ARENA_MAX: '5' }, 'MALLOC_ARENA_MAX=5'],
  ] as const) {
    const { keeper } = keep('steady', env);
    await keeper.ready;
    expect((await readFile(`/proc/${keeper.pid()}/environ`, 'utf8')).split('\0')).toContain(expected);
    await keeper.stop(5_000);
  }
});

/** Node refuses to fork with it, as a throw. */
const impossible = { SETTING: 'a\0b' };

test('a start that throws is a failed start', async () => {
  const { keeper, told } = keep('steady', impossible);
  const error = await keeper.ready.catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(StartFailed);
  expect(String(error)).toContain('cannot be started');
  expect(told).toEqual([]);
});

test('a restart that throws is a death like any other: the next one is tried later, and can be stopped', async () => {
  const env: Record<string, string> = {};
  const { keeper, deaths, readyTimes } = keep('steady', env);
  await keeper.ready;
  Object.assign(env, impossible);
  process.kill(keeper.pid() ?? 0, 'SIGKILL');
  await expect.poll(() => deaths.length).toBe(2);
  expect(deaths[1]).toMatch(/^cannot be started: .*, 400$/s);
  expect(keeper.pid()).toBeUndefined();
  env.SETTING = 'ab';
  await readyTimes(2);
  await keeper.stop(5_000);
});
