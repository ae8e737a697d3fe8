/** Ports of the loopback for servers that are stopped and started again. */
import { once } from 'node:events';
import { createServer, type ListenOptions, type Server } from 'node:net';

/**
 * Below the range from which systems choose the ports of outgoing connections (32768 on Linux): one of those could take the port of a server
 * that is stopped for a while, and it would not start again.
 */
const first = 20_000;
const last = 32_000;

/** A port that nobody listens on now, and that no other program gets here as long as this one runs. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = first + Math.floor(Math.random() * (last - first));
    if ((await reserve(port)) && (await isFree(port))) return port;
  }
  throw new Error(`No free port was found between ${first} and ${last}`);
}

/** Different ones. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/**
 * Seconds pass until a server listens, and while it is stopped nobody does: other programs that look for a port then must not find its port. A name
 * that ends with this process, however it ends, stands for the port: a socket in Linux' abstract namespace. Other systems have none of these.
 */
async function reserve(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const holder = await listen({ path: `\0imageflow-port-${port}` });
  holder?.unref();
  return holder !== undefined;
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen({ port, host: '127.0.0.1' });
  server?.close();
  return server !== undefined;
}

async function listen(where: ListenOptions): Promise<Server | undefined> {
  const server = createServer();
  try {
    server.listen(where);
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
