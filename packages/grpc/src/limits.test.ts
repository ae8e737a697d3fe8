/** The windows of a server, as any client of HTTP/2 sees them. */
import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { ServerCredentials } from '@grpc/grpc-js';
import { expect, it, vi } from 'vitest';
import { createServer } from './limits.ts';

it('takes a frame of pixels in one go, on each connection', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  try {
    for (let connection = 0; connection < 2; connection++) {
      const session = connect(`http://127.0.0.1:${port}`);
      await call(session);
      await vi.waitFor(() => expect(session.remoteSettings.initialWindowSize).toBe(2 * 1024 * 1024));
      await vi.waitFor(() => expect(session.state.remoteWindowSize).toBe(16 * 1024 * 1024));
      session.close();
    }
  } finally {
    server.forceShutdown();
  }
});

/** Of no method that there is: the limits are the server's, not a service's. */
async function call(session: ClientHttp2Session): Promise<void> {
  const headers = { ':method': 'POST', ':path': '/imageflow.v1.None/Call', 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request(headers);
  stream.end();
  stream.resume();
  await once(stream, 'close');
}
