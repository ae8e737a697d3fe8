/** Backends and services on real servers that they share, each a process of its own: the platform past one machine. */
import { rm } from 'node:fs/promises';
import { freePorts } from '../scripts/servers/ports.ts';
import { type BackendProgram, type Program, startBackend, startProgram } from '../tests/cluster/programs.ts';
import { makeScratchFolder } from './inputs.ts';
import { type Client, login, password } from './platform.ts';
import { listTree } from './processes.ts';
import { startRealServers } from './servers.ts';

export interface Seat {
  readonly address: string;
  readonly client: Client;
}

export type Part = 'backends' | 'services' | 'postgres' | 's3' | 'kafka';

export interface Cluster {
  /** One at each backend. */
  readonly seats: readonly [Seat, ...Seat[]];
  /** Process ids. */
  parts(): Promise<Readonly<Record<Part, readonly number[]>>>;
  close(): Promise<void>;
}

const serviceNames = { resize: 'ResizeService', 'ai-detection': 'AIDetectionService', filter: 'FilterService' } as const;
export type Kind = keyof typeof serviceNames;

export async function startCluster(plan: { readonly backends: number; readonly services: readonly Kind[] }): Promise<Cluster> {
  const folder = await makeScratchFolder();
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })];
  const close = async (): Promise<void> => {
    for (const end of closers.reverse()) await end();
  };
  try {
    const servers = await startRealServers();
    closers.push(() => servers.close());
    const ports = await freePorts(plan.services.length);
    const addresses = plan.services.map((kind, at) => `${serviceNames[kind]}=127.0.0.1:${ports[at]}`);
    const env = {
      ...servers.env,
      IMAGEFLOW_SERVICES: addresses.join(','),
      IMAGEFLOW_ADMIN_PASSWORD: password,
      IMAGEFLOW_LOG_LEVEL: 'warn',
    };
    const services = plan.services.map((kind, at) =>
      startService(`${kind}-${at}`, kind, { ...env, IMAGEFLOW_LISTEN: `127.0.0.1:${ports[at]}` }, folder),
    );
    const backends = await Promise.all(Array.from({ length: plan.backends }, (_, at) => startBackend(`backend-${at}`, { env, folder })));
    const programs: readonly Program[] = [...services, ...backends];
    closers.push(() => Promise.all(programs.map((program) => program.stop())));
    await Promise.all(programs.map((program) => program.ready()));
    const seats = await Promise.all(backends.map(takeSeat));
    const trees = async (list: readonly Program[]) => (await Promise.all(list.map(({ pid }) => listTree(pid)))).flat();
    return {
      seats: seats as unknown as Cluster['seats'],
      parts: async () => ({
        backends: await trees(backends),
        services: await trees(services),
        postgres: await listTree(servers.pids.postgres),
        s3: await listTree(servers.pids.s3),
        kafka: await listTree(servers.pids.kafka),
      }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function startService(name: string, kind: Kind, env: Readonly<Record<string, string>>, folder: string): Program {
  const own = { IMAGEFLOW_METRICS_PORT: '0', IMAGEFLOW_DATA_DIR: `${folder}/${name}` };
  return startProgram({ name, script: 'apps/services/src/main.ts', args: [kind], env: { ...env, ...own }, folder });
}

async function takeSeat({ address }: BackendProgram): Promise<Seat> {
  return { address, client: await login(address) };
}
