/** The programs of an image, started from the files that the image would hold. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '../../scripts/servers/index.ts';
import { buildInto, startCommandOf } from './images.ts';

const limitMs = 60_000;

/** @throws Error that says what did not work */
export async function startImage(name: string, scratch: string): Promise<void> {
  const folder = mkdtempSync(join(scratch, 'image-'));
  buildInto(folder, name);
  if (name.startsWith('backend')) await startBackend(folder, startCommandOf(name));
  else for (const kind of ['resize', 'ai-detection', 'filter', 'camera-stream']) await startService(folder, startCommandOf(name), kind);
}

async function startBackend(folder: string, command: readonly string[]): Promise<void> {
  const [port = 0, grpcPort = 0] = await freePorts(2);
  const data = dataOf(folder);
  const env = { IMAGEFLOW_DATA_DIR: data, IMAGEFLOW_PORT: String(port), IMAGEFLOW_GRPC_PORT: String(grpcPort) };
  await whileRunning(folder, command, env, async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
  const migrate = ['apps/cli/src/main.ts', 'migrate', '--check', '--data-dir', data];
  const { status, stdout, stderr } = spawnSync(process.execPath, migrate, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`imageflow migrate --check: ${stdout}${stderr}`);
}

async function startService(folder: string, command: readonly string[], kind: string): Promise<void> {
  const [port = 0] = await freePorts(1);
  const env = {
    IMAGEFLOW_DATA_DIR: dataOf(folder),
    IMAGEFLOW_LISTEN: `127.0.0.1:${port}`,
    IMAGEFLOW_SERVICE_KEY: 'a-key-of-sixteen-letters',
  };
  const isHealthy = () => spawnSync(process.execPath, ['grpc-health.mjs'], { cwd: folder, env: { ...process.env, ...env } }).status === 0;
  await whileRunning(folder, [...command.slice(0, -1), kind], env, async () => isHealthy());
}

function dataOf(folder: string): string {
  const data = join(folder, '../data');
  mkdirSync(data, { recursive: true });
  return data;
}

/** Starts it, waits until it is well, and ends it as a container is ended. */
async function whileRunning(
  folder: string,
  [, ...args]: readonly string[],
  env: Record<string, string>,
  isWell: () => Promise<boolean>,
): Promise<void> {
  const said: string[] = [];
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => said.push(bytes.toString()));
  try {
    await untilWell(child, isWell);
  } catch (error) {
    throw new Error(`${args.join(' ')} is not ready:\n${said.join('').slice(-3000)}`, { cause: error });
  } finally {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }
  if (child.exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${child.exitCode ?? child.signalCode}`);
}

async function untilWell(child: ChildProcess, isWell: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + limitMs;
  while (!(await isWell().catch(() => false))) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`exit code ${child.exitCode}`);
    await pause(200);
  }
}
