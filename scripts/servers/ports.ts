/** Ports of the loopback for servers that are stopped and started again. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the range from which systems choose the ports of outgoing connections (32768 on Linux): one of those could take the port of a server
 * that is stopped for a while, and it would not start again.
 */
const first = 20_000;
const last = 32_000;

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = first + Math.floor(Math.random() * (last - first));
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port was found between ${first} and ${last}`);
}

/** Different ones. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
