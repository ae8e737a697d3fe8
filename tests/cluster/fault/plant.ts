/** The whole platform on real servers: two backends, one of them in a network of its own, two workers, and the services, each twice or once. */
import { join } from 'node:path';
import { type Client, createClient } from '@imageflow/client';
import { freePort, freePorts } from '../../../scripts/servers/ports.ts';
import { adminPassword } from '../client.ts';
import { openNetwork, type PlugNetwork } from '../network.ts';
import { type BackendProgram, type Program, startBackend, startProgram, startWorker } from '../programs.ts';
import { openServers, type Servers } from '../servers.ts';

export interface Plant {
  readonly servers: Servers;
  readonly backends: readonly BackendProgram[];
  readonly workers: readonly Program[];
  readonly services: readonly Program[];
  /** Undefined where namespaces may not be made. */
  readonly network: PlugNetwork | undefined;
  /** One of each backend, signed in. */
  readonly desks: readonly Desk[];
  /** Programs end; the servers stay, to be looked at. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

/** What the load of the fault test needs of a platform. */
export interface Desk {
  readonly client: Client;
  login(): Promise<void>;
}

const serviceKinds = ['resize', 'resize', 'ai-detection', 'filter'] as const;
const serviceNames = { resize: 'ResizeService', 'ai-detection': 'AIDetectionService', filter: 'FilterService' } as const;

export async function startPlant(folder: string): Promise<Plant> {
  const network = openNetwork();
  const plugged = network && { address: network.pluggedAddress, port: await freePort() };
  const servers = await openServers(plugged);
  const ports = await freePorts(serviceKinds.length);
  const shared = { IMAGEFLOW_OBJECTS_URL: servers.objectsUrl, IMAGEFLOW_DATA_DIR: join(folder, 'services'), IMAGEFLOW_LOG_LEVEL: 'info' };
  const services = serviceKinds.map((kind, index) =>
    startProgram({
      name: `${kind}-${index}`,
      script: 'apps/services/src/main.ts',
      args: [kind],
      env: { ...shared, IMAGEFLOW_LISTEN: `0.0.0.0:${ports[index]}`, IMAGEFLOW_INSTANCE_ID: `${kind}-${index}` },
      folder,
    }),
  );
  const settingsAt = (host: string, busUrl: string) => settingsOf(servers, host, busUrl, ports);
  const own = settingsAt('127.0.0.1', servers.busUrl);
  await network?.forward(servers.postgres.port);
  await network?.forward(servers.s3.port);
  const inside = network && plugged && settingsAt(network.hostAddress, `kafka://${plugged.address}:${plugged.port}`);
  const backends = [
    inside === undefined || network === undefined
      ? await startBackend('backend-1', { env: own, folder })
      : await startBackend('backend-1', { env: inside, folder, via: network.via, host: network.insideAddress }),
    await startBackend('backend-2', { env: own, folder }),
  ];
  const workers = await Promise.all(['worker-1', 'worker-2'].map((name) => startWorker(name, { env: own, folder })));
  const programs = [...services, ...backends, ...workers];
  const stop = async (): Promise<void> => {
    await Promise.all([...backends, ...workers].map((program) => program.stop()));
    await Promise.all(services.map((program) => program.kill({ stays: 'dead' })));
  };
  const remove = async (): Promise<void> => {
    await Promise.all(programs.map((program) => program.kill({ stays: 'dead' })));
    await servers.remove();
    network?.remove();
  };
  try {
    await Promise.all(programs.map((program) => program.ready()));
    const desks = backends.map(({ address }) => openDesk(address));
    await Promise.all(desks.map((desk) => desk.login()));
    return { servers, backends, workers, services, network, desks, stop, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** `host`: where a program finds this machine. */
function settingsOf(servers: Servers, host: string, busUrl: string, ports: readonly number[]): Readonly<Record<string, string>> {
  const places = serviceKinds.map((kind, index) => `${serviceNames[kind]}=${host}:${ports[index]}`);
  const elsewhere = (url: string): string => url.replaceAll('127.0.0.1', host);
  return {
    IMAGEFLOW_DATABASE_URL: elsewhere(servers.databaseUrl),
    IMAGEFLOW_OBJECTS_URL: elsewhere(servers.objectsUrl),
    IMAGEFLOW_BUS_URL: busUrl,
    IMAGEFLOW_SERVICES: places.join(','),
    IMAGEFLOW_ADMIN_PASSWORD: adminPassword,
    IMAGEFLOW_LOGINS_PER_MINUTE: '1000',
    IMAGEFLOW_CONCURRENCY: '2',
    IMAGEFLOW_HOST: '0.0.0.0',
    IMAGEFLOW_DRAIN_MS: '10000',
  };
}

function openDesk(address: string): Desk {
  const client = createClient({ baseUrl: address, language: 'en', timeoutMs: 30_000 });
  return { client, login: () => client.login('admin', adminPassword) };
}
