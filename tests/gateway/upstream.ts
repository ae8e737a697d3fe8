/** A small HTTP server behind a gateway that tells what reached it: for what the backend's answers do not show. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Upstream {
  /** host:port */
  readonly authority: string;
  /** Requests other than health checks. */
  readonly requests: readonly string[];
  /** Answered by /readyz. */
  isReady: boolean;
  /** Whoever is told of the first bytes of a body that is still coming. */
  onFirstBytes: (bytes: Buffer) => void;
  close(): Promise<void>;
}

/** /slow answers after a second; /headers with what it got; all else with "ok" when the body has been read. */
export async function openUpstream(): Promise<Upstream> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/readyz') return void response.writeHead(upstream.isReady ? 200 : 503).end();
    requests.push(request.url ?? '');
    answer(request, response, upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream: Upstream = {
    authority: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    isReady: true,
    onFirstBytes: () => undefined,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return upstream;
}

function answer(request: IncomingMessage, response: ServerResponse, upstream: Upstream): void {
  if (request.url === '/slow') return void setTimeout(() => response.end('late'), 1000);
  if (request.url?.startsWith('/headers')) return void response.end(JSON.stringify(request.headers));
  request.once('data', (bytes: Buffer) => upstream.onFirstBytes(bytes));
  request.on('end', () => response.end('ok')).resume();
}
