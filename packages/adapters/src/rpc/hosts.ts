/**
 * Names of the settings that stand for several instances: a headless service of Kubernetes, a scaled service of compose. Each address of such a name
 * is an instance with health, breaker and share of the calls of its own; those that come and go are seen within seconds.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock, InstanceAddress, Registry } from '@imageflow/core';

/** Addresses of a host. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface HostsNeeds {
  readonly registry: Pick<Registry, 'add' | 'remove'>;
  readonly clock: Clock;
  readonly resolve: Resolve;
}

const lookMs = 5_000;

export const resolveHost: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/** Adds the instances, and goes on looking for names; answers the end of it. */
export function watchHosts(specs: readonly InstanceAddress[], needs: HostsNeeds): () => void {
  for (const spec of specs) needs.registry.add(spec);
  const stops = specs.filter(({ address }) => isName(split(address).host)).map((spec) => watchHost(spec, needs));
  return () => {
    for (const stop of stops) stop();
  };
}

function watchHost(spec: InstanceAddress, { registry, clock, resolve }: HostsNeeds): () => void {
  const { host, port } = split(spec.address);
  let known: ReadonlyMap<string, InstanceAddress> = new Map([[spec.id, spec]]);
  let missed: ReadonlySet<string> = new Set();
  let cancel = (): void => undefined;
  let isStopped = false;

  /** An address is dropped after two look-ups without it; a new one is added after the first. */
  const apply = (addresses: readonly string[]): void => {
    const wanted = new Map(instancesOf(spec, addresses, port).map((instance) => [instance.id, instance]));
    for (const [id, instance] of wanted) if (!known.has(id)) registry.add(instance);
    const missing = [...known.keys()].filter((id) => !wanted.has(id));
    const gone = missing.filter((id) => missed.has(id));
    for (const id of gone) registry.remove(id);
    missed = new Set(missing);
    known = new Map([...known, ...wanted].filter(([id]) => !gone.includes(id)));
  };
  const look = async (): Promise<void> => {
    // Without an answer all stay: whether they live is told by their health.
    const addresses = await resolve(host).catch(() => []);
    if (isStopped) return;
    if (addresses.length > 0) apply([...new Set(addresses)]);
    cancel = clock.after(lookMs, () => void look());
  };
  void look();
  return () => {
    isStopped = true;
    cancel();
  };
}

/** One keeps the name, which stays right when its address changes. */
function instancesOf(spec: InstanceAddress, addresses: readonly string[], port: string): readonly InstanceAddress[] {
  if (addresses.length <= 1) return [spec];
  return addresses.map((address) => ({
    ...spec,
    id: `${spec.id}@${address}`,
    address: isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`,
  }));
}

/** That of the machine itself has two addresses for one program. */
const isName = (host: string): boolean => isIP(host.replace(/^\[(.*)\]$/, '$1')) === 0 && host !== 'localhost';

function split(address: string): { readonly host: string; readonly port: string } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at), port: address.slice(at + 1) };
}
