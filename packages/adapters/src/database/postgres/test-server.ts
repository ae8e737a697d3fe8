/** A PostgreSQL server for tests, from the machine's own package: a folder in memory, a free port of the loopback, no password. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { scratchFolder } from '../testing.ts';

export interface TestServer {
  /** Of its database "postgres". */
  readonly url: string;
  /** SIGQUIT is an immediate shutdown: connections break, the next start recovers. */
  stop(signal?: 'SIGINT' | 'SIGQUIT'): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** Undefined where PostgreSQL is not installed. */
export async function openTestServer(): Promise<TestServer | undefined> {
  const programs = findPrograms();
  if (programs === undefined) return undefined;
  const folder = mkdtempSync(join(scratchFolder(), 'imageflow-postgres-'));
  chmodSync(folder, 0o777);
  const data = join(folder, 'data');
  const port = await freePort();
  run(join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']);
  let server: ReturnType<typeof spawn> | undefined;
  const start = async (): Promise<void> => {
    const options = [`listen_addresses=127.0.0.1`, `unix_socket_directories=${folder}`, 'shared_buffers=32MB', 'fsync=off'];
    const [file, args] = asUser(join(programs, 'postgres'), [
      '-D',
      data,
      '-p',
      String(port),
      ...options.flatMap((option) => ['-c', option]),
    ]);
    server = spawn(file, args, { stdio: 'ignore' });
    await untilReady(join(programs, 'pg_isready'), port);
  };
  const stop = async (signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> => {
    if (server === undefined || server.exitCode !== null) return;
    const ended = once(server, 'exit');
    const [file, args] = asUser(join(programs, 'pg_ctl'), ['stop', '-D', data, '-m', signal === 'SIGINT' ? 'fast' : 'immediate']);
    execFileSync(file, args, { stdio: 'ignore' });
    await ended;
  };
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop,
    async remove() {
      await stop('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function findPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  const [newest] = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return newest === undefined ? undefined : join(root, newest, 'bin');
}

/** PostgreSQL refuses to run as root; the package makes a user for it. */
function asUser(file: string, args: readonly string[]): [string, string[]] {
  return process.getuid?.() === 0 ? ['runuser', ['-u', 'postgres', '--', file, ...args]] : [file, [...args]];
}

function run(file: string, args: readonly string[]): void {
  const [program, all] = asUser(file, args);
  execFileSync(program, all, { stdio: 'ignore', cwd: '/' });
}

async function untilReady(program: string, port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      execFileSync(program, ['-h', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
      return;
    } catch {
      await delay(50);
    }
  }
  throw new Error('PostgreSQL did not start');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
