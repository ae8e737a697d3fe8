/** Backends, workers and services as processes of their own, on servers that they share: each started again when it dies, as in a plant. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../scripts/servers/ports.ts';

const root = join(import.meta.dirname, '../..');
const startLimitMs = 60_000;
const stopLimitMs = 60_000;
const restartMs = 300;

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
}

export interface Program {
  readonly name: string;
  readonly logFile: string;
  readonly pid: number;
  /** Resolves when it is ready, and again after each restart. */
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
    ready: () => readiness,
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

function launch({ script, args, env, via }: ProgramPlan, log: WriteStream): ChildProcess {
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
}

/** On a port that stays the same when it starts again. */
export async function startBackend(
  name: string,
  plan: BackendPlan,
): Promise<Program & { readonly address: string; readonly grpcPort: number }> {
  const [port, grpcPort] = [await freePort(), await freePort()];
  const ports = { IMAGEFLOW_PORT: String(port), IMAGEFLOW_GRPC_PORT: String(grpcPort), IMAGEFLOW_DATA_DIR: join(plan.folder, name) };
  const program = startProgram({ ...plan, name, script: 'apps/backend/src/main.ts', args: [], env: { ...plan.env, ...ports } });
  return Object.defineProperties(program, {
    address: { value: `http://127.0.0.1:${port}`, enumerable: true },
    grpcPort: { value: grpcPort, enumerable: true },
  }) as Program & { readonly address: string; readonly grpcPort: number };
}

export async function startWorker(name: string, plan: BackendPlan): Promise<Program & { readonly address: string }> {
  const port = await freePort();
  const own = { IMAGEFLOW_WORKER_PORT: String(port), IMAGEFLOW_DATA_DIR: join(plan.folder, name) };
  const program = startProgram({ ...plan, name, script: 'apps/backend/src/main.ts', args: ['worker'], env: { ...plan.env, ...own } });
  return Object.defineProperties(program, { address: { value: `http://127.0.0.1:${port}`, enumerable: true } }) as Program & {
    readonly address: string;
  };
}
