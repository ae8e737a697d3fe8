/** The embedded platform as a user starts it, `imageflow up`, whose processes can be found and hurt. Linux only: it reads /proc. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, createClient } from '@imageflow/client';
import { listTree } from '../../bench/processes.ts';
import { freePort } from '../../scripts/servers/ports.ts';

const root = join(import.meta.dirname, '../..');
const password = 'the-admin-of-the-fault-test';
const startLimitMs = 180_000;
const stopLimitMs = 120_000;

export interface HurtProcess {
  readonly pid: number;
  /** "backend", "resize", "ai-detection", "filter" */
  readonly kind: string;
}

export interface FaultPlatform {
  readonly address: string;
  /** Signed in; signs in again with `login`. */
  readonly client: Client;
  login(): Promise<void>;
  /** Backend and services that live now. */
  processes(): Promise<readonly HurtProcess[]>;
  killSupervisor(): Promise<void>;
  /** After `killSupervisor`. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A supervisor that ends without being killed or stopped is reported, and started again. */
export async function startPlatform(dataDir: string, report: (anomaly: string) => void): Promise<FaultPlatform> {
  const [port, grpcPort] = [await freePort(), await freePort()];
  const address = `http://127.0.0.1:${port}`;
  const client = createClient({ baseUrl: address, language: 'en', timeoutMs: 30_000 });
  let mustLive = false;
  const launch = (): ChildProcess => {
    const started = launchSupervisor(dataDir, port, grpcPort);
    started.once('exit', (code, signal) => {
      if (!mustLive) return;
      report(`the supervisor ended by itself: ${signal ?? `code ${code}`}`);
      supervisor = launch();
    });
    return started;
  };
  let supervisor = launch();
  const becomeReady = async (): Promise<void> => {
    await waitUntilReady(supervisor, address);
    mustLive = true;
  };
  const login = () => client.login('admin', password);
  await becomeReady();
  await login();
  return {
    address,
    client,
    login,
    processes: () => findPrograms(supervisor.pid ?? 0),
    async killSupervisor() {
      mustLive = false;
      // The launcher hands its work to a Node that is new enough; both go.
      const tree = await listTree(supervisor.pid ?? 0);
      const programs = new Set((await findPrograms(supervisor.pid ?? 0)).map(({ pid }) => pid));
      for (const pid of tree) if (!programs.has(pid)) send(pid, 'SIGKILL');
      if (supervisor.exitCode === null && supervisor.signalCode === null) await once(supervisor, 'exit');
    },
    start() {
      supervisor = launch();
      return becomeReady();
    },
    stop() {
      mustLive = false;
      return stop(supervisor);
    },
  };
}

function launchSupervisor(dataDir: string, port: number, grpcPort: number): ChildProcess {
  const args = ['up', '--port', String(port), '--data-dir', dataDir, '--instances', 'resize=2'];
  return spawn(process.execPath, [join(root, 'apps/cli/bin/imageflow.mjs'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      IMAGEFLOW_CONFIG_DIR: join(dataDir, 'config'),
      IMAGEFLOW_ADMIN_PASSWORD: password,
      IMAGEFLOW_GRPC_PORT: String(grpcPort),
      IMAGEFLOW_LOGINS_PER_MINUTE: '1000',
      // A test process names its own kind here, which is not the platform's.
      NODE_ENV: 'production',
    },
  });
}

async function waitUntilReady(supervisor: ChildProcess, address: string): Promise<void> {
  const until = performance.now() + startLimitMs;
  while (performance.now() < until && supervisor.exitCode === null) {
    const isReady = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(5_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  supervisor.kill('SIGTERM');
  throw new Error('The platform did not become ready');
}

async function stop(supervisor: ChildProcess): Promise<void> {
  if (supervisor.exitCode !== null || supervisor.signalCode !== null) return;
  const ended = once(supervisor, 'exit');
  supervisor.kill('SIGTERM');
  const timer = setTimeout(() => supervisor.kill('SIGKILL'), stopLimitMs);
  await ended;
  clearTimeout(timer);
}

/** False when there is no such process any more. */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

async function findPrograms(supervisor: number): Promise<readonly HurtProcess[]> {
  const found: HurtProcess[] = [];
  for (const pid of await listTree(supervisor)) {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const script = words.findIndex((word) => word.endsWith('src/main.ts'));
    if (words[script]?.endsWith('backend/src/main.ts')) found.push({ pid, kind: 'backend' });
    if (words[script]?.endsWith('services/src/main.ts')) found.push({ pid, kind: words[script + 1] ?? '' });
  }
  return found;
}
