/** Follows an execution over its WebSocket until it ends, through lost connections. */
import { authRoutes, type ExecutionMessage, executionMessage, isTerminal, refusalMessage } from '@imageflow/contract';
import type { Client } from './client.ts';
import { type ApiError, refusalError } from './errors.ts';

export interface FollowOptions {
  readonly signal?: AbortSignal;
  /** How long the server may be away before following fails. Default 60 s. */
  readonly maxAwayMs?: number;
}

const firstDelayMs = 100;
const maxDelayMs = 3_000;
/** An execution that waits long says nothing; asking again is cheap. */
const silenceMs = 60_000;

/**
 * Each message once, in order; the last one is the terminal one. Throws what the client throws when the server stays away, and for an execution that
 * does not exist.
 */
export async function* followExecution(client: Client, executionId: string, options: FollowOptions = {}): AsyncGenerator<ExecutionMessage> {
  const { signal, maxAwayMs = 60_000 } = options;
  let sequence = 0;
  let awaySince: number | undefined;
  for (let tries = 0; ; tries++) {
    signal?.throwIfAborted();
    try {
      for await (const message of readSocket(await openSocket(client, executionId, sequence), signal)) {
        [tries, awaySince] = [0, undefined];
        // A snapshot runs ahead of the events that are sent again after it.
        if (message.type !== 'snapshot') {
          if (message.sequence <= sequence && !isTerminal(message)) continue;
          sequence = Math.max(sequence, message.sequence);
        }
        yield message;
        if (isTerminal(message)) return;
      }
    } catch (error) {
      if (!isAway(error)) throw error;
      awaySince ??= Date.now();
      if (Date.now() - awaySince > maxAwayMs) throw error;
    }
    await pause(Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(tries, 6)), signal);
  }
}

async function openSocket(client: Client, executionId: string, lastSequence: number): Promise<WebSocket> {
  const { ticket } = await client.call(authRoutes.createTicket, {});
  const query = new URLSearchParams({
    ticket,
    last_sequence: String(lastSequence),
    ...(client.language !== undefined && { lang: client.language }),
  });
  return new WebSocket(`${client.baseUrl.replace(/^http/, 'ws')}/ws/execution/${encodeURIComponent(executionId)}?${query}`);
}

class SocketClosed extends Error {}

/** Throws SocketClosed when the connection ends, or has been silent so long that it may be dead unnoticed: a pulled cable tells nobody. */
async function* readSocket(socket: WebSocket, signal: AbortSignal | undefined): AsyncGenerator<ExecutionMessage> {
  const messages: ExecutionMessage[] = [];
  let fault: Error | undefined;
  let wake: () => void = () => undefined;
  const end = (error: Error) => {
    fault ??= error;
    wake();
  };
  const onAbort = () => end(new SocketClosed('Given up'));
  signal?.addEventListener('abort', onAbort, { once: true });
  const listenOn = () => setTimeout(() => end(new SocketClosed('The connection is silent')), silenceMs);
  let silence = listenOn();
  socket.addEventListener('message', ({ data }) => {
    clearTimeout(silence);
    silence = listenOn();
    const message = readMessage(data);
    if (message instanceof Error) return end(message);
    messages.push(message);
    wake();
  });
  socket.addEventListener('close', () => end(new SocketClosed('The connection was closed')));
  socket.addEventListener('error', () => end(new SocketClosed('The connection failed')));
  try {
    for (;;) {
      const next = messages.shift();
      if (next !== undefined) yield next;
      else if (fault !== undefined) throw fault;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener('abort', onAbort);
    socket.close();
  }
}

function readMessage(data: unknown): ExecutionMessage | Error {
  const content = parseJson(data);
  const parsed = executionMessage.safeParse(content);
  return parsed.success
    ? parsed.data
    : (toRefusal(content) ?? new Error(`The server sent a message that is not known: ${parsed.error.message}`));
}

function toRefusal(content: unknown): ApiError | undefined {
  const refusal = refusalMessage.safeParse(content);
  return refusal.success ? refusalError(refusal.data) : undefined;
}

function parseJson(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}

/** A connection that broke, or a server that is starting again. */
function isAway(error: unknown): boolean {
  if (error instanceof SocketClosed) return true;
  return error instanceof Error && (error.name === 'ConnectionError' || ('status' in error && Number(error.status) >= 502));
}

function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
