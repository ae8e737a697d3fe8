/** Which programs make up the embedded platform, and how they find each other. */
import { join } from 'node:path';
import { projectDir } from '../config.ts';
import type { Program } from './keeper.ts';
import { choosePort } from './ports.ts';

export interface EmbeddedSettings {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  /** Instances of each service. */
  readonly instances: Readonly<Record<ServiceKind, number>>;
  /** Lets this user's own commands in, as the account "local", as long as this platform runs. */
  readonly localPassword: string;
  /** Undefined: the usual one when it is free, else any. */
  readonly grpcPort: number | undefined;
  /** Instances that run elsewhere, as IMAGEFLOW_SERVICES names them; may be empty. */
  readonly otherServices: string;
}

export const serviceKinds = ['resize', 'ai-detection', 'filter', 'camera-stream'] as const;
export type ServiceKind = (typeof serviceKinds)[number];

const serviceNames: Readonly<Record<ServiceKind, string>> = {
  resize: 'ResizeService',
  'ai-detection': 'AIDetectionService',
  filter: 'FilterService',
  'camera-stream': 'CameraStreamService',
};
const firstPorts: Readonly<Record<ServiceKind, number>> = { resize: 50051, 'ai-detection': 50052, filter: 50053, 'camera-stream': 50054 };
/** Further instances; the places after the first ones belong to other services. */
const furtherPorts = 50061;
const backendGrpcPort = 50050;
const usualHttpPort = 8080;

/** A service waits for nothing; the backend's embedded database may be busy with one large question for a while. */
const silenceLimitMs = { service: 20_000, backend: 60_000 };

const apps = join(projectDir, 'apps');

export interface EmbeddedPrograms {
  readonly backend: Program;
  readonly services: readonly Program[];
  readonly grpcPort: number;
}

export async function planPrograms(settings: EmbeddedSettings): Promise<EmbeddedPrograms> {
  const { dataDir } = settings;
  // Other settings of the environment reach every program as they are.
  const shared = { IMAGEFLOW_DATA_DIR: dataDir };
  const usual = hasUsualPorts(settings);
  const places = await placeServices(settings.instances, usual);
  const grpcPort = settings.grpcPort ?? (await choosePort(usual ? backendGrpcPort : 0));
  const services = places.map(({ kind, name, address }) => ({
    name,
    script: join(apps, 'services/src/main.ts'),
    args: [kind],
    env: {
      ...shared,
      IMAGEFLOW_LISTEN: address,
      IMAGEFLOW_INSTANCE_ID: name,
      IMAGEFLOW_BACKEND: `${reachable(settings.host)}:${grpcPort}`,
    },
    silenceLimitMs: silenceLimitMs.service,
  }));
  const backend = {
    name: 'backend',
    script: join(apps, 'backend/src/main.ts'),
    args: [],
    env: {
      ...shared,
      IMAGEFLOW_HOST: settings.host,
      IMAGEFLOW_PORT: String(settings.port),
      IMAGEFLOW_GRPC_PORT: String(grpcPort),
      IMAGEFLOW_SERVICES: [...places.map(({ kind, address }) => `${serviceNames[kind]}=${address}`), settings.otherServices].join(','),
      IMAGEFLOW_LOCAL_PASSWORD: settings.localPassword,
    },
    silenceLimitMs: silenceLimitMs.backend,
  };
  return { backend, services, grpcPort };
}

/** Where programs of this machine reach a server that listens there. */
function reachable(host: string): string {
  if (['0.0.0.0', '::', 'localhost'].includes(host)) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Only the platform on the usual HTTP port takes the usual gRPC ports: another one beside it would take them in the moment in which a service
 * is started again.
 */
function hasUsualPorts(settings: EmbeddedSettings): boolean {
  return settings.port === usualHttpPort;
}

interface Place {
  readonly kind: ServiceKind;
  readonly name: string;
  readonly address: string;
}

async function placeServices(instances: Readonly<Record<ServiceKind, number>>, usual: boolean): Promise<readonly Place[]> {
  const places: Place[] = [];
  const taken = new Set<number>();
  let further = furtherPorts;
  for (const kind of serviceKinds) {
    for (let number = 1; number <= instances[kind]; number++) {
      const wanted = number === 1 ? firstPorts[kind] : further++;
      const port = await chooseOther(usual ? wanted : 0, taken);
      places.push({ kind, name: `${kind}-${number}`, address: `127.0.0.1:${port}` });
    }
  }
  return places;
}

/** Ports that were only chosen are still free, so the same could be chosen twice. */
async function chooseOther(wanted: number, taken: Set<number>): Promise<number> {
  let port = await choosePort(wanted);
  while (taken.has(port)) port = await choosePort(0);
  taken.add(port);
  return port;
}
