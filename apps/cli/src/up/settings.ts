/** What `up` was asked for, as settings; said plainly when it cannot be. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { CliConfig } from '../config.ts';
import { Stop } from '../exit.ts';
import { findRunning } from '../running.ts';
import { choosePort, isPortFree } from './ports.ts';
import { type EmbeddedSettings, type ServiceKind, serviceKinds } from './programs.ts';

export interface UpOptions {
  readonly port: string;
  readonly host: string;
  readonly dataDir: string;
  readonly instances?: string;
}

export const oneOfEach: Readonly<Record<ServiceKind, number>> = { resize: 1, 'ai-detection': 1, filter: 1, 'camera-stream': 1 };

export function createLocalPassword(): string {
  return randomBytes(24).toString('base64url');
}

export async function parseSettings(options: UpOptions, config: CliConfig): Promise<EmbeddedSettings> {
  const wanted = parsePort(options.port, '--port');
  const grpcPort = config.grpcPort === undefined ? undefined : parsePort(config.grpcPort, 'IMAGEFLOW_GRPC_PORT');
  const dataDir = resolve(options.dataDir);
  const instances = parseInstances(options.instances);
  await refuseSecond(config.configDir, dataDir);
  return {
    host: options.host,
    port: wanted === 0 ? await choosePort(0) : wanted,
    dataDir,
    instances,
    localPassword: createLocalPassword(),
    // Known before the backend starts: the stream service is told where it is.
    grpcPort: grpcPort === 0 ? await choosePort(0) : grpcPort,
    otherServices: config.otherServices,
  };
}

/** To be asked when the last run is over, whose starter may have been killed: until then its backend holds the port. */
export async function refuseTakenPort({ host, port }: Pick<EmbeddedSettings, 'host' | 'port'>): Promise<void> {
  if (!(await isPortFree(port, host))) throw portTaken(port);
}

async function refuseSecond(configDir: string, dataDir: string): Promise<void> {
  const other = await findRunning(configDir, (one) => one.data_dir === dataDir);
  if (other === undefined) return;
  throw new Stop(
    'failed',
    `このデータではすでに動いています: ${other.address}（${dataDir}、PID ${other.pid}）。別の環境を起動するには --data-dir と --port を指定してください`,
    `It is already running on these data: ${other.address} (${dataDir}, PID ${other.pid}). To start another one, name another --data-dir and --port`,
  );
}

function portTaken(port: number): Stop {
  return new Stop(
    'failed',
    `ポート ${port} は別のプログラムが使用中です。別のポートは --port で指定できます（例: npm start -- --port ${port + 1}）`,
    `Port ${port} is in use by another program. Choose another with --port, e.g. npm start -- --port ${port + 1}`,
  );
}

function parsePort(text: string, name: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65535) return port;
  throw new Stop('usage', `${name} は 0 から 65535 の数です（指定: ${text}）`, `${name} must be a number from 0 to 65535, not ${text}`);
}

/** "resize=2,ai-detection=2" */
export function parseInstances(text: string | undefined): Readonly<Record<ServiceKind, number>> {
  const instances = { ...oneOfEach };
  for (const part of (text ?? '').split(',').filter((word) => word.trim() !== '')) {
    const [name = '', count = ''] = part.trim().split('=');
    const kind = serviceKinds.find((known) => known === name);
    if (kind === undefined || !/^\d{1,2}$/.test(count) || Number(count) < 1 || Number(count) > 64) throw wrongInstances(part);
    instances[kind] = Number(count);
  }
  return instances;
}

function wrongInstances(part: string): Stop {
  const kinds = serviceKinds.join(', ');
  return new Stop(
    'usage',
    `--instances は「resize=2,ai-detection=2」の形です（${kinds}、1 から 64）。読めない部分: ${part}`,
    `--instances is written like "resize=2,ai-detection=2" (${kinds}; 1 to 64). Not understood: ${part}`,
  );
}
