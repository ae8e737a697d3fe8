/** Where other backends reach this one's gRPC: what a backend tells of itself in the database. */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { Config } from '../config.ts';

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** The setting; else the address it listens on; when it listens on all, the first one that is not of this machine alone. */
export function advertisedAddress(
  { host, grpcAdvertise }: Pick<Config, 'host' | 'grpcAdvertise'>,
  port: number,
  interfaces: Interfaces = networkInterfaces(),
): string {
  if (grpcAdvertise !== undefined) return grpcAdvertise;
  return join(host === '0.0.0.0' || host === '::' ? ownAddress(interfaces) : host, port);
}

function ownAddress(interfaces: Interfaces): string {
  const outer = Object.values(interfaces).flatMap((list) => (list ?? []).filter(({ internal }) => !internal));
  const best =
    outer.find(({ family }) => family === 'IPv4') ?? outer.find(({ family, scopeid }) => family === 'IPv6' && (scopeid ?? 0) === 0);
  return best?.address ?? '127.0.0.1';
}

const join = (host: string, port: number): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
