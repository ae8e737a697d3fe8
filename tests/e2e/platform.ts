/** The whole platform as separate processes on free ports, on a data folder of its own: what `npm start` runs, for tests to hurt. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@imageflow/client';
import { userRoutes } from '@imageflow/contract';
import { type Column, embedded, type Parts } from './columns.ts';

export type ServiceKind = 'resize' | 'ai-detection' | 'filter';

const root = join(import.meta.dirname, '../..');
export const samples = join(root, 'samples');
const serviceNames = { resize: 'ResizeService', 'ai-detection': 'AIDetectionService', filter: 'FilterService' } as const;
const kinds = Object.keys(serviceNames) as ServiceKind[];

export const adminPassword = 'the-admin-of-the-tests';
const userPassword = 'a-user-of-the-tests';

export interface TestPlatform {
  /** "http://127.0.0.1:…"; the same after a restart. */
  readonly address: string;
  readonly dataDir: string;
  /** Signed in with this role. */
  client(role?: 'admin' | 'engineer' | 'inspector' | 'viewer'): Promise<Client>;
  backendPid(): number;
  /** kill -9. */
  killBackend(): Promise<void>;
  /** Lets it end in order. */
  stopBackend(): Promise<void>;
  startBackend(): Promise<void>;
  /** Sends the signal to the service's process. */
  signal(kind: ServiceKind, signal: NodeJS.Signals): void;
  /** kill -9. */
  killService(kind: ServiceKind): Promise<void>;
  /** After its end, at the same address. */
  startService(kind: ServiceKind): Promise<void>;
  /** Keys of all stored objects, but for the note that says whose the store is. */
  objects(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** `env` is for the backend; IMAGEFLOW_SERVICES in it names further services. */
export async function openTestPlatform(env: Readonly<Record<string, string>> = {}, column: Column = embedded): Promise<TestPlatform> {
  const dataDir = await mkdtemp(join(tmpdir(), 'imageflow-e2e-'));
  const parts = await column.open(dataDir);
  const services = new Map<ServiceKind, Program>();
  let backend: Program | undefined;
  let port = 0;
  const close = async (): Promise<void> => {
    await backend?.stop();
    await Promise.all([...services.values()].map((service) => service.stop()));
    await parts.close();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  const startBackend = async (): Promise<void> => {
    const own = [...services].map(([kind, { address }]) => `${serviceNames[kind]}=${address}`);
    const addresses = [...own, ...(env.IMAGEFLOW_SERVICES?.split(',') ?? [])];
    backend = await start('apps/backend/src/main.ts', [], {
      ...settings(dataDir, parts),
      IMAGEFLOW_PORT: String(port),
      IMAGEFLOW_GRPC_PORT: '0',
      IMAGEFLOW_ADMIN_PASSWORD: adminPassword,
      IMAGEFLOW_LOGINS_PER_MINUTE: '1000',
      ...env,
      IMAGEFLOW_SERVICES: addresses.join(','),
    });
    port = Number(backend.address.split(':').at(-1));
  };
  const startService = async (kind: ServiceKind): Promise<void> => {
    const listen = services.get(kind)?.address ?? '127.0.0.1:0';
    const own = { ...settings(dataDir, parts), IMAGEFLOW_LISTEN: listen, IMAGEFLOW_METRICS_PORT: '0' };
    services.set(kind, await start('apps/services/src/main.ts', [kind], own));
  };
  try {
    await Promise.all(kinds.map(startService));
    await startBackend();
  } catch (error) {
    await close();
    throw error;
  }
  const address = `http://127.0.0.1:${port}`;
  const clients = new Map<string, Promise<Client>>();
  return {
    address,
    dataDir,
    client(role = 'engineer') {
      const client = clients.get(role) ?? signIn(address, role);
      clients.set(role, client);
      return client;
    },
    backendPid: () => backend?.child.pid ?? 0,
    killBackend: async () => kill(backend),
    stopBackend: async () => backend?.stop(),
    startBackend,
    signal: (kind, name) => void services.get(kind)?.child.kill(name),
    killService: (kind) => kill(services.get(kind)),
    startService,
    objects: async () => (await parts.objects()).filter((key) => !key.includes('installations/')),
    close,
  };
}

function settings(dataDir: string, parts: Parts): Record<string, string> {
  return {
    ...parts.env,
    IMAGEFLOW_DATA_DIR: dataDir,
    IMAGEFLOW_MODELS_DIR: join(dataDir, 'models'),
    IMAGEFLOW_LOG_LEVEL: 'warn',
    IMAGEFLOW_TIMEZONE: 'Asia/Tokyo',
  };
}

interface Program {
  readonly child: ChildProcess;
  /** host:port, or with "http://" before it. */
  readonly address: string;
  stop(): Promise<void>;
}

async function kill(program: Program | undefined): Promise<void> {
  program?.child.kill('SIGKILL');
  if (program?.child.exitCode === null && program.child.signalCode === null) await once(program.child, 'exit');
}

async function start(script: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Program> {
  const child = fork(join(root, script), [...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const first = await Promise.race([once(child, 'message'), ended.then(() => undefined)]);
  if (first === undefined) throw new Error(`${script} ended before it was ready`);
  const [message] = first as [{ readonly address?: string; readonly port?: number }];
  return {
    child,
    address: message.address ?? `127.0.0.1:${message.port}`,
    async stop() {
      // A stopped process takes no request to end.
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function signIn(address: string, role: string): Promise<Client> {
  const client = createClient({ baseUrl: address, language: 'en' });
  if (role === 'admin') {
    await client.login('admin', adminPassword);
    return client;
  }
  const admin = await signIn(address, 'admin');
  const username = `${role}-of-the-tests`;
  await admin.call(userRoutes.createUser, { body: { username, role: role as 'engineer', password: userPassword } });
  await client.login(username, userPassword);
  return client;
}
