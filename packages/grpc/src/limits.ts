/** What both ends of a connection take of each other. */
import { subscribe } from 'node:diagnostics_channel';
import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import { Server, type ServerOptions } from '@grpc/grpc-js';

/** Messages up to 64 MiB; larger images go by reference. */
export const maxMessageBytes = 64 * 1024 * 1024;

/**
 * What may be on its way in one call before its receiver has read any of it. HTTP/2's own 64 KiB make the pixels of one frame of live video wait
 * eleven times for the receiver's word: 2 to 3 ms of each frame (2 cores, November 2026).
 */
const windowBytes = 2 * 1024 * 1024;
/** The same for all calls of a connection: one that nobody reads must not hold up the others. */
const connectionWindowBytes = 8 * windowBytes;

/** For every channel. */
export const messageOptions = {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  'grpc-node.flow_control_window': windowBytes,
} as const;

let isTold = false;
const widened = new WeakSet<Http2Session>();

/** A server with these limits. Those of grpc-js do not read the option for the window (as of 1.14), so HTTP/2 itself is told. */
export function createServer(options: ServerOptions = {}): Server {
  if (!isTold) subscribe('http2.server.stream.created', widen);
  isTold = true;
  return new Server({ ...messageOptions, ...options });
}

function widen(message: unknown): void {
  const { session } = (message as { readonly stream: ServerHttp2Stream }).stream;
  if (session === undefined || session.destroyed || widened.has(session)) return;
  widened.add(session);
  session.settings({ initialWindowSize: windowBytes });
  session.setLocalWindowSize(connectionWindowBytes);
}
