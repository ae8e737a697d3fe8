/**
 * A network namespace for one program, with two cables to this machine: one for everything, and one for Kafka, which can be pulled out. Linux,
 * as root. Servers that listen on the loopback only are reached through forwarders on the first cable.
 */
import { execFileSync } from 'node:child_process';
import { connect, createServer, type Server } from 'node:net';

export interface PlugNetwork {
  /** In front of a command: runs it inside. */
  readonly via: readonly string[];
  /** Of this machine, as the inside sees it. */
  readonly hostAddress: string;
  /** Of the inside, as this machine sees it. */
  readonly insideAddress: string;
  /** Of this machine at the end of the cable that can be pulled. */
  readonly pluggedAddress: string;
  /** Lets the inside reach a port of this machine's loopback, at the same number. */
  forward(port: number): Promise<void>;
  pull(): void;
  plug(): void;
  remove(): void;
}

/** Undefined where this may not be done. */
export function openNetwork(): PlugNetwork | undefined {
  const id = `${process.pid % 10_000}`;
  const name = `imageflow${id}`;
  const third = process.pid % 250;
  const cables = [
    { host: `ifa${id}`, inside: `ifb${id}`, net: `10.213.${third}` },
    { host: `ifc${id}`, inside: `ifd${id}`, net: `10.214.${third}` },
  ] as const;
  try {
    ip('netns', 'add', name);
  } catch {
    return undefined;
  }
  ip('-n', name, 'link', 'set', 'lo', 'up');
  for (const { host, inside, net } of cables) {
    ip('link', 'add', host, 'type', 'veth', 'peer', 'name', inside, 'netns', name);
    ip('addr', 'add', `${net}.1/30`, 'dev', host);
    ip('link', 'set', host, 'up');
    ip('-n', name, 'addr', 'add', `${net}.2/30`, 'dev', inside);
    ip('-n', name, 'link', 'set', inside, 'up');
  }
  const [main, plugged] = cables;
  const forwarders: Server[] = [];
  return {
    via: [ipProgram, 'netns', 'exec', name],
    hostAddress: `${main.net}.1`,
    insideAddress: `${main.net}.2`,
    pluggedAddress: `${plugged.net}.1`,
    async forward(port) {
      forwarders.push(await forwardTo(port, `${main.net}.1`));
    },
    pull: () => ip('link', 'set', plugged.host, 'down'),
    plug: () => ip('link', 'set', plugged.host, 'up'),
    remove() {
      for (const server of forwarders) server.close();
      for (const { host } of cables) ip('link', 'del', host);
      ip('netns', 'del', name);
    },
  };
}

const ipProgram = '/usr/sbin/ip';

function ip(...args: readonly string[]): void {
  execFileSync(ipProgram, [...args], { stdio: 'pipe' });
}

async function forwardTo(port: number, address: string): Promise<Server> {
  const server = createServer((inner) => {
    const outer = connect({ port, host: '127.0.0.1' });
    inner.pipe(outer).pipe(inner);
    inner.on('error', () => outer.destroy());
    outer.on('error', () => inner.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  return server;
}
