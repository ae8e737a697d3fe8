/** The same servers in containers, where an engine runs and the packages are not to be had. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerName } from './catalogue.ts';
import { InstallError } from './install.ts';
import { freePort } from './ports.ts';
import { s3Url } from './s3.ts';

const file = join(import.meta.dirname, 'compose.yaml');
const contained = ['postgres', 'seaweedfs', 'kafka'] as const;
export type Contained = (typeof contained)[number];

interface ContainerState {
  readonly secret: string;
  readonly ports: Readonly<Record<Contained, number>>;
}

export function isContained(name: ServerName): name is Contained {
  return (contained as readonly string[]).includes(name);
}

/** "docker" or "podman", when its engine answers and has compose. */
export function findEngine(): 'docker' | 'podman' | undefined {
  const answers = (engine: string, ...args: readonly string[]): boolean => spawnSync(engine, args, { stdio: 'ignore' }).status === 0;
  return (['docker', 'podman'] as const).find((engine) => answers(engine, 'info') && answers(engine, 'compose', 'version'));
}

/** Does nothing for those that run. @throws InstallError when the engine does not start them */
export async function startContainers(
  engine: string,
  folder: string,
  names: readonly Contained[],
  wanted: Partial<Record<ServerName, number>>,
): Promise<Record<string, string>> {
  const state = await stateOf(folder, wanted);
  const { status } = compose(engine, state, ['up', '--detach', '--wait', ...names]);
  if (status !== 0) throw new InstallError(`${engine} compose did not start ${names.join(', ')}: see its messages above`);
  return Object.assign({}, ...names.map((name) => envOf(name, state)));
}

/** Ends them; their volumes stay. */
export async function stopContainers(engine: string, folder: string): Promise<void> {
  if (!existsSync(stateFile(folder))) return;
  compose(engine, await stateOf(folder, {}), ['down']);
}

function compose(engine: string, { secret, ports }: ContainerState, args: readonly string[]): { readonly status: number | null } {
  const env = {
    ...process.env,
    SECRET: secret,
    POSTGRES_PORT: String(ports.postgres),
    SEAWEEDFS_PORT: String(ports.seaweedfs),
    KAFKA_PORT: String(ports.kafka),
  };
  return spawnSync(engine, ['compose', '-f', file, ...args], { stdio: ['ignore', 2, 2], env });
}

function envOf(name: Contained, { secret, ports }: ContainerState): Record<string, string> {
  switch (name) {
    case 'postgres':
      return { IMAGEFLOW_DATABASE_URL: `postgres://imageflow:${secret}@127.0.0.1:${ports.postgres}/imageflow` };
    case 'seaweedfs':
      return { IMAGEFLOW_OBJECTS_URL: s3Url({ accessKey: 'imageflow', secretKey: secret }, 'imageflow', ports.seaweedfs) };
    case 'kafka':
      return { IMAGEFLOW_BUS_URL: `kafka://127.0.0.1:${ports.kafka}` };
  }
}

/** Made once: passwords and ports outlive a stop. */
async function stateOf(folder: string, wanted: Partial<Record<ServerName, number>>): Promise<ContainerState> {
  const path = stateFile(folder);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as ContainerState;
  const portOf = async (name: Contained): Promise<number> => wanted[name] ?? (await freePort());
  const ports = { postgres: await portOf('postgres'), seaweedfs: await portOf('seaweedfs'), kafka: await portOf('kafka') };
  const state = { secret: randomBytes(16).toString('hex'), ports };
  writeFileSync(path, JSON.stringify(state), { mode: 0o600 });
  return state;
}

function stateFile(folder: string): string {
  return join(folder, 'containers.json');
}
