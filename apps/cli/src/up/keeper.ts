/**
 * Keeps one program running as a child process.
 *
 *   starting ──► ready ──► (exit) ──► waiting ──► starting …      a program that dies is started again, later and later
 *       └── exit before it was ever ready: the start has failed
 *
 * One that is ready is asked again and again whether it is there; when it says nothing for too long (it hangs, or was stopped) it is killed, and
 * so started again.
 *
 * A stop closes the IPC channel, which the program takes as the request to end (signals are not the same everywhere); past the limit it is killed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

export interface Program {
  /** "resize-1" */
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** How long it may say nothing before it is taken for hanging. */
  readonly silenceLimitMs: number;
}

export interface KeeperHooks {
  readonly log: Writable;
  /** It has a process, which is not ready yet. */
  onStart(): void;
  onReady(): void;
  /** It died and will be started again. */
  onDeath(how: string, restartInMs: number): void;
}

export interface Keeper {
  readonly name: string;
  /** Rejects when the program ends before it is ready for the first time. */
  readonly ready: Promise<void>;
  pid(): number | undefined;
  stop(limitMs: number): Promise<void>;
  /** At once, without letting it finish anything. */
  kill(): void;
}

const firstDelayMs = 200;
const maxDelayMs = 10_000;
/** One that ran this long starts again as if for the first time. */
const steadyMs = 30_000;
/** Questions within the time that it may say nothing. */
const asksPerLimit = 10;

export class StartFailed extends Error {
  readonly program: string;
  /** The last lines it wrote. */
  readonly output: string;

  constructor(program: string, how: string, output: string) {
    super(`${program} ${how} before it was ready`);
    this.program = program;
    this.output = output;
  }
}

export function keepRunning(program: Program, hooks: KeeperHooks): Keeper {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let deaths = 0;
  let wasReady = false;
  let isUp = false;
  let isStopping = false;
  let tail = '';

  const start = (): void => {
    tail = '';
    child = undefined;
    try {
      child = forkProgram(program);
    } catch (error) {
      // Some faults of a start are thrown and some are events, e.g. ETXTBSY and ENOENT: both are a death without a process.
      couldNotStart(error);
      return;
    }
    follow(child);
  };

  const couldNotStart = (error: unknown): void => {
    const why = error instanceof Error ? error.message : String(error);
    hooks.log.write(`${why}\n`);
    ended(`cannot be started: ${why}`, 0);
  };

  const follow = (started: ChildProcess): void => {
    const startedAt = performance.now();
    if (started.pid !== undefined) hooks.onStart();
    for (const stream of [started.stdout, started.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        tail = (tail + chunk.toString()).slice(-8_000);
        hooks.log.write(chunk);
      });
    }
    const watchdog = watch(started, program.silenceLimitMs);
    started.on('message', (message) => {
      watchdog.heard();
      if (!isOfKind(message, 'ready')) return;
      wasReady = true;
      isUp = true;
      watchdog.start();
      resolve();
      hooks.onReady();
    });
    started.on('error', (error) => {
      // Without a process there is no exit either.
      if (started.pid === undefined) couldNotStart(error);
      else hooks.log.write(`${error.message}\n`);
    });
    started.once('exit', (code, signal) => {
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      ended(watchdog.stop() ? `did not answer for ${program.silenceLimitMs / 1000} s` : how, performance.now() - startedAt);
    });
  };

  const ended = (how: string, lastedMs: number): void => {
    isUp = false;
    if (isStopping) return;
    if (!wasReady) {
      isStopping = true;
      reject(new StartFailed(program.name, how, tail));
      return;
    }
    deaths = lastedMs > steadyMs ? 1 : deaths + 1;
    const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** (deaths - 1));
    hooks.onDeath(how, delayMs);
    timer = setTimeout(start, delayMs);
  };

  start();
  return {
    name: program.name,
    ready: promise,
    pid: () => child?.pid,
    async stop(limitMs) {
      isStopping = true;
      clearTimeout(timer);
      if (child !== undefined) await end(child, isUp, limitMs);
    },
    kill() {
      isStopping = true;
      clearTimeout(timer);
      child?.kill('SIGKILL');
    },
  };
}

interface Watchdog {
  start(): void;
  /** It said something. */
  heard(): void;
  /** Whether it was killed for its silence. */
  stop(): boolean;
}

/** Counts questions without answer, not time: a machine that slept has asked none meanwhile. */
function watch(child: ChildProcess, limitMs: number): Watchdog {
  let timer: NodeJS.Timeout | undefined;
  let unanswered = 0;
  let isKilled = false;
  const ask = (): void => {
    if (!child.connected) return;
    if (unanswered >= asksPerLimit) {
      isKilled = true;
      child.kill('SIGKILL');
    }
    unanswered += 1;
    // That it cannot be asked is told by its exit.
    child.send({ kind: 'ping' }, () => undefined);
  };
  return {
    start() {
      timer = setInterval(ask, limitMs / asksPerLimit);
    },
    heard() {
      unanswered = 0;
    },
    stop() {
      clearInterval(timer);
      return isKilled;
    },
  };
}

/**
 * glibc gives each thread an arena of its own, and what images of a megabyte leave free in one of them no other one uses: services of live
 * video grew by 200 MiB an hour (20 frames a second, 2 cores, November 2026); with two arenas they stay as they are, at the same speed.
 */
const allocator = { MALLOC_ARENA_MAX: '2' };

function forkProgram({ script, args, env }: Program): ChildProcess {
  return fork(script, [...args], {
    env: { ...allocator, ...process.env, ...env },
    // Not inherited: options of this process (a debugger's port, a coverage tool) are not meant for its children.
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

async function end(child: ChildProcess, isUp: boolean, limitMs: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  // One that is still starting does not listen to its channel yet.
  if (isUp && child.connected) child.disconnect();
  else child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  await gone;
  clearTimeout(timer);
}

function isOfKind(message: unknown, kind: string): boolean {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === kind;
}
