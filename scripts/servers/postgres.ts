/** PostgreSQL from the system's package. */
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { aptInstall, findProgram, InstallError, newestBelow } from './install.ts';
import { scratchRoot } from './places.ts';
import { freePort } from './ports.ts';
import { runServer, type Server, type StartOptions } from './server.ts';

const run = promisify(execFile);

export interface PostgresOptions extends StartOptions {
  readonly port?: number;
  /** False: what is committed survives kill -9 of it, not a power cut. For tests, where it saves most of the time. */
  readonly isDurable?: boolean;
  /** "name=value" of postgresql.conf. */
  readonly settings?: readonly string[];
}

export interface PostgresServer extends Server {
  readonly port: number;
  /** Of the database "imageflow". */
  readonly url: string;
  /** Makes one more database, for example for one test, and gives its address. */
  createDatabase(name: string): Promise<string>;
}

/** The folder of its programs; undefined where it is not installed. */
export function findPostgres(): string | undefined {
  const packaged = newestBelow('/usr/lib/postgresql');
  if (packaged !== undefined && existsSync(join(packaged, 'bin', 'initdb'))) return join(packaged, 'bin');
  const initdb = findProgram('initdb');
  return initdb === undefined ? undefined : join(initdb, '..');
}

export function installPostgres(): void {
  if (findPostgres() === undefined) aptInstall(['postgresql']);
}

/** @throws Error when it is not installed, or does not start within 60 s */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const programs = findPostgres();
  if (programs === undefined) throw new InstallError('PostgreSQL is not installed: npm run servers -- install postgres');
  const user = ownUser();
  const folder = options.folder ?? mkdtempSync(join(scratchRoot(), 'imageflow-postgres-'));
  prepareFolder(folder, user);
  const port = options.port ?? (await freePort());
  const password = passwordOf(folder);
  const data = join(folder, 'data');
  if (!existsSync(join(data, 'PG_VERSION'))) initialise(programs, folder, user);
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    'shared_buffers=64MB',
    ...(options.isDurable === false ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : []),
    ...(options.settings ?? []),
  ];
  const server = await runServer(
    {
      name: 'PostgreSQL',
      folder,
      command: [join(programs, 'postgres'), '-D', data, ...settings.flatMap((setting) => ['-c', setting])],
      ...(user && { user }),
      isReady: () => answers(programs, port),
      readyMs: 60_000,
      // Ends the sessions of clients, writes everything, and needs no recovery at the next start.
      stopSignal: 'SIGINT',
      stopMs: 60_000,
      // Unlike after kill -9, no shared memory is left behind.
      removeSignal: 'SIGQUIT',
    },
    options,
  );
  const urlOf = (database: string): string => `postgres://imageflow:${password}@127.0.0.1:${port}/${database}`;
  const createDatabase = async (name: string): Promise<string> => {
    const env = { ...process.env, PGPASSWORD: password };
    await run(join(programs, 'createdb'), ['-h', '127.0.0.1', '-p', String(port), '-U', 'imageflow', name], { env });
    return urlOf(name);
  };
  return Object.assign(server, { port, url: urlOf('imageflow'), createDatabase });
}

async function answers(programs: string, port: number): Promise<boolean> {
  return run(join(programs, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]).then(
    () => true,
    () => false,
  );
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root; the package makes a user for it. */
function ownUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (kind: '-u' | '-g'): number => Number(execFileSync('id', [kind, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

function prepareFolder(folder: string, user: User | undefined): void {
  mkdirSync(folder, { recursive: true });
  if (user === undefined) return;
  chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
  try {
    execFileSync('test', ['-w', folder], { ...user, stdio: 'ignore' });
  } catch {
    throw new InstallError(`The user postgres cannot reach ${folder}. Name another folder, all of whose parents it may enter`);
  }
}

/** Made once; others on this machine could otherwise sign in. */
function passwordOf(folder: string): string {
  const file = join(folder, 'password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(16).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

function initialise(programs: string, folder: string, user: User | undefined): void {
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
  const options = { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'] };
  const access = ['-U', 'imageflow', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  execFileSync(join(programs, 'initdb'), ['-D', data, ...access, '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'], options);
  // The only one that can be asked for before there is a server.
  const single = ['--single', '-D', data, '-c', 'log_min_messages=fatal', 'postgres'];
  execFileSync(join(programs, 'postgres'), single, {
    ...options,
    input: 'create database imageflow\n',
    stdio: ['pipe', 'ignore', 'inherit'],
  });
}
