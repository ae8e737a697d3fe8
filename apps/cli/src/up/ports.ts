/** Ports of this machine. */
import { createServer } from 'node:net';

/** Whether a server can listen there now. 0 always can. */
export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return listen(port, host).then(
    () => true,
    () => false,
  );
}

/** `wanted` when it is free, else any. */
export async function choosePort(wanted: number): Promise<number> {
  return listen(wanted, '127.0.0.1').catch(() => listen(0, '127.0.0.1'));
}

/** Takes the port for a moment and answers which one it was. */
function listen(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
