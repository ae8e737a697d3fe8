/** Backends, workers and services as processes of their own, on servers that they share: each started again when it dies, as in a plant. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, freePorts } from '../../scripts/servers/ports.ts';

const ownRoot = join(import.meta.dirname, '../..');
/** Of a machine that has other work: a few seconds otherwise. */
const startLimitMs = 180_000;
const stopLimitMs = 60_000;
const restartMs = 300;
const patienceMs = 120_000;

export interface ProgramPlan {
  /** "backend-1" */
  readonly name: string;
  readonly script: 'apps/backend/src/main.ts' | 'apps/services/src/main.ts';
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Its log is written here. */
  readonly folder: string;
  /** Of the command that runs it instead of this Node, e.g. in a network of its own. */
  readonly via?: readonly string[];
  /** Of the project, when it is another version than this one. */
  readonly root?: string;
}

export interface Program {
  readonly name: string;
  readonly logFile: string;
  readonly pid: number;
  /** Resolves when it is ready; one that ends before is started again. Rejects when that does not help. */
  ready(): Promise<void>;
  /** kill -9; it starts again after a moment, unless told not to. */
  kill(options?: { readonly stays?: 'dead' }): Promise<void>;
  /** SIGTERM; resolves when it has ended. */
  stop(): Promise<void>;
  start(): void;
  signal(signal: NodeJS.Signals): void;
}

export function startProgram(plan: ProgramPlan): Program {
  const logFile = join(plan.folder, `${plan.name}.log`);
  const log = createWriteStream(logFile, { flags: 'a' });
  let child: ChildProcess | undefined;
  let isWanted = false;
  let readiness: Promise<void> = Promise.resolve();
  const start = (): void => {
    isWanted = true;
    const born = launch(plan, log);
    child = born;
    readiness = untilReady(born, plan.name, logFile);
    readiness.catch(() => undefined);
    born.once('exit', () => {
      if (isWanted && child === born) setTimeout(() => isWanted && child === born && start(), restartMs);
    });
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = once(ending, 'exit');
    ending.kill(signal);
    const timer = setTimeout(() => ending.kill('SIGKILL'), stopLimitMs);
    await gone;
    clearTimeout(timer);
  };
  start();
  return {
    name: plan.name,
    logFile,
    get pid() {
      return child?.pid ?? 0;
    },
    async ready() {
      for (const until = Date.now() + patienceMs; ; ) {
        const trial = readiness;
        try {
          return await trial;
        } catch (error) {
          if (!isWanted || Date.now() > until) throw error;
          // A server that was away, as it is for any supervisor.
          await delay(2 * restartMs);
        }
      }
    },
    async kill({ stays } = {}) {
      if (stays === 'dead') isWanted = false;
      await end('SIGKILL');
    },
    async stop() {
      isWanted = false;
      await end('SIGTERM');
    },
    start,
    signal: (signal) => void child?.kill(signal),
  };
}

function launch({ script, args, env, via, root = ownRoot }: ProgramPlan, log: WriteStream): ChildProcess {
  const [command, ...before] = via ?? [];
  const child = fork(join(root, script), [...args], {
    // A test process names its own kind in NODE_ENV, which is not the platform's.
    env: { ...process.env, NODE_ENV: 'production', ...env },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    ...(command !== undefined && { execPath: command, execArgv: [...before, process.execPath] }),
  });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  return child;
}

async function untilReady(child: ChildProcess, name: string, logFile: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`${name} is not ready after ${startLimitMs} ms: ${logFile}`)), startLimitMs);
  child.once('message', () => resolve());
  child.once('exit', (code, signal) => reject(new Error(`${name} ended (${code ?? signal}) before it was ready: ${logFile}`)));
  await promise.finally(() => clearTimeout(timer));
}

export interface BackendPlan {
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly via?: readonly string[];
  /** Where its port is reached. */
  readonly host?: string;
  /** Of the project, when it is another version than this one. */
  readonly root?: string;
}

export interface ReachedProgram extends Program {
  readonly address: string;
}

export interface BackendProgram extends ReachedProgram {
  readonly grpcPort: number;
}

/** On ports that stay the same when it starts again. */
export async function startBackend(name: string, plan: BackendPlan): Promise<BackendProgram> {
  const [port = 0, grpcPort = 0] = await freePorts(2);
  const own = { IMAGEFLOW_PORT: String(port), IMAGEFLOW_GRPC_PORT: String(grpcPort) };
  return Object.assign(startEngine(name, [], own, plan), { address: addressOf(plan, port), grpcPort });
}

export async function startWorker(name: string, plan: BackendPlan): Promise<ReachedProgram> {
  const port = await freePort();
  return Object.assign(startEngine(name, ['worker'], { IMAGEFLOW_WORKER_PORT: String(port) }, plan), { address: addressOf(plan, port) });
}

function startEngine(name: string, args: readonly string[], own: Readonly<Record<string, string>>, plan: BackendPlan): Program {
  const env = { ...plan.env, ...own, IMAGEFLOW_DATA_DIR: join(plan.folder, name) };
  return startProgram({ ...plan, name, script: 'apps/backend/src/main.ts', args, env });
}

const addressOf = ({ host = '127.0.0.1' }: BackendPlan, port: number): string => `http://${host}:${port}`;
