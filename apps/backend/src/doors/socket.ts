/**
 * WebSockets: the guard before the upgrade (errors are problem documents), then a socket that
 * – keeps the messages that arrive before the handler listens, up to a bound;
 * – pings, and ends connections that are gone;
 * – counts what the client has taken, by its pongs;
 * – closes a reader that is too slow with 1013 instead of buffering for it.
 */
import { binarySubprotocol } from '@imageflow/contract';
import { type Action, AppError } from '@imageflow/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import type { Caller } from './caller.ts';
import { pageToken } from './cookies.ts';
import { admit } from './guard.ts';
import { languageOf } from './request-context.ts';

export const socketServerOptions = {
  // Told by a message's head, before its bytes are read: frames of live video are the largest that anyone sends.
  maxPayload: 16 * 1024 * 1024,
  handleProtocols: (offered: Set<string>) => (offered.has(binarySubprotocol) ? binarySubprotocol : false),
  // 3 ms a frame of 100 KB (2-core Linux machine, November 2026), for images that do not get smaller.
  perMessageDeflate: false,
  // A reader that has stopped does not answer the good-bye either; until it does, it holds its place.
  closeTimeout: 4_000,
};

const pingIntervalMs = 20_000;
const pingEveryBytes = 64 * 1024;
const maxUntakenBytes = 4 * 1024 * 1024;
const maxEarlyMessages = 64;

export interface SocketCall {
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly request: FastifyRequest;
}

export interface LiveSocket {
  /** False when the socket is closed, or was closed now because its reader is too slow. */
  send(message: string | Uint8Array): boolean;
  /** A text that is encoded already, in UTF-8. */
  sendText(message: Uint8Array): boolean;
  /** Hands over what arrived so far, then every message. Call once. */
  onMessage(handle: (data: Buffer, isBinary: boolean) => void): void;
  close(code: number, reason: string): void;
  /** Bytes sent that the client has not taken, wherever they are now; up to 64 KB of them may be taken already. */
  untakenBytes(): number;
  /** Aborts when the connection ends, however it ends. */
  readonly closed: AbortSignal;
}

export type SocketHandler = (socket: LiveSocket, call: SocketCall) => Promise<void>;

/** Adds a WebSocket at an absolute path, e.g. "/ws/execution/:execution_id". A handler that rejects closes its socket. */
export function registerSocket(
  app: FastifyInstance,
  path: string,
  action: Action | ((query: SocketCall['query']) => Action),
  handler: SocketHandler,
): void {
  app.get(
    path,
    {
      websocket: true,
      onRequest: async (request, reply) => {
        if (!request.ws) {
          reply.header('upgrade', 'websocket');
          throw notAnUpgrade();
        }
        const credentials = {
          authorization: request.headers.authorization,
          ticket: queryOf(request).ticket,
          pageToken: pageToken(request),
        };
        const wanted = typeof action === 'function' ? action(queryOf(request)) : action;
        request.caller = await admit(app.door.authenticator, credentials, wanted);
      },
    },
    (socket: WebSocket, request: FastifyRequest) => run(socket, request, handler),
  );
}

function notAnUpgrade(): AppError {
  return new AppError('VALIDATION_ERROR', {
    detail: {
      ja: 'このアドレスは WebSocket 専用です。Upgrade: websocket で接続してください',
      en: 'This address is a WebSocket. Connect with Upgrade: websocket',
    },
  });
}

async function run(socket: WebSocket, request: FastifyRequest, handler: SocketHandler): Promise<void> {
  const live = createLiveSocket(socket);
  const { caller } = request;
  if (caller === undefined) return live.close(1008, 'UNAUTHENTICATED');
  try {
    await handler(live, { caller, params: textsOf(request.params), query: queryOf(request), request });
  } catch (thrown) {
    refuse(live, request, thrown);
  }
}

function refuse(live: LiveSocket, request: FastifyRequest, thrown: unknown): void {
  const error = thrown instanceof AppError ? thrown : new AppError('INTERNAL', { cause: thrown });
  if (error.status >= 500) request.log.error({ err: error, trace_id: request.trace.traceId }, 'socket failed');
  live.send(
    JSON.stringify({
      type: 'error',
      error: {
        code: error.code,
        message: error.detail[languageOf(request)],
        ...(error.retryAfterSeconds !== undefined && { retry_after: error.retryAfterSeconds }),
      },
    }),
  );
  live.close(error.status >= 500 ? 1011 : 1008, error.code);
}

function createLiveSocket(socket: WebSocket): LiveSocket {
  const closed = new AbortController();
  const inbox = createInbox(socket);
  const reader = followReader(socket);
  socket.once('close', () => {
    reader.stop();
    closed.abort();
  });
  return {
    closed: closed.signal,
    onMessage: inbox,
    untakenBytes: reader.untakenBytes,
    close: (code, reason) => socket.close(code, reason),
    send: (message) => send(socket, reader, message, typeof message !== 'string'),
    sendText: (message) => send(socket, reader, message, false),
  };
}

function send(socket: WebSocket, reader: Reader, message: string | Uint8Array, binary: boolean): boolean {
  if (socket.readyState !== socket.OPEN) return false;
  if (reader.untakenBytes() > maxUntakenBytes) {
    socket.close(1013, 'SLOW_READER');
    return false;
  }
  socket.send(message, { binary });
  reader.onSent(Buffer.byteLength(message));
  return true;
}

function createInbox(socket: WebSocket): LiveSocket['onMessage'] {
  let early: (readonly [Buffer, boolean])[] | undefined = [];
  let listener: ((data: Buffer, isBinary: boolean) => void) | undefined;
  socket.on('message', (data, isBinary) => {
    // ws hands over one Buffer as long as its binaryType is the default.
    const bytes = data as Buffer;
    if (listener !== undefined) listener(bytes, isBinary);
    else if (early !== undefined && early.length < maxEarlyMessages) early.push([bytes, isBinary]);
    else socket.close(1013, 'TOO_MANY_EARLY_MESSAGES');
  });
  return (handle) => {
    for (const [data, isBinary] of early ?? []) handle(data, isBinary);
    early = undefined;
    listener = handle;
  };
}

interface Reader {
  onSent(bytes: number): void;
  untakenBytes(): number;
  stop(): void;
}

/**
 * A client answers a ping when it has taken all that was sent before it, so a ping that says how much that was tells what is still on the way.
 * The socket itself knows only what this process holds; the kernels and proxies in between hold seconds of video more. Two pings that nothing
 * answers in a row mean that nobody is there.
 */
function followReader(socket: WebSocket): Reader {
  let [sent, asked, taken, missed] = [0, 0, 0, 0];
  const ping = (): void => {
    if (socket.readyState !== socket.OPEN) return;
    asked = sent;
    socket.ping(String(sent));
  };
  socket.on('pong', (data) => {
    missed = 0;
    const count = Number(data);
    if (count > taken && count <= asked) taken = count;
  });
  const timer = setInterval(() => {
    if (missed >= 2) return socket.terminate();
    missed += 1;
    ping();
  }, pingIntervalMs);
  return {
    onSent(bytes) {
      sent += bytes;
      if (sent - asked >= pingEveryBytes) ping();
    },
    untakenBytes: () => Math.max(socket.bufferedAmount, sent - taken),
    stop: () => clearInterval(timer),
  };
}

function queryOf(request: FastifyRequest): Readonly<Record<string, string>> {
  return textsOf(request.query);
}

/** Repeated names keep their first value. */
function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  const pairs = Object.entries(value).map(([name, text]) => [name, Array.isArray(text) ? text[0] : text] as const);
  return Object.fromEntries(pairs.flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])));
}
