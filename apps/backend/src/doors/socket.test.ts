import { once } from 'node:events';
import { AppError } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { parseConfig } from '../config.ts';
import { createLogger } from '../runtime/logging.ts';
import { createApp } from './app.ts';
import type { Caller } from './caller.ts';
import { addMissingMethods } from './errors/methods.ts';
import { type LiveSocket, registerSocket } from './socket.ts';

const caller: Caller = { kind: 'user', userId: 'u1', username: 'viewer', role: 'viewer', sessionId: 's1' };
let admitting = Promise.resolve();
let app: FastifyInstance;
let address: string;
let sized: LiveSocket | undefined;

/** The door is the only part these tests bring themselves: it can be made slow. */
const authenticator = {
  byToken: async (token: string) => {
    await admitting;
    if (token !== 'good') throw new AppError('UNAUTHENTICATED');
    return caller;
  },
  byTicket: async (ticket: string) => (ticket === 'good' ? caller : refuse()),
};

function refuse(): never {
  throw new AppError('UNAUTHENTICATED');
}

beforeAll(async () => {
  app = await createApp(parseConfig({}), createLogger('silent'), { authenticator, audit: async () => undefined });
  registerSocket(app, '/ws/echo/:name', 'executions:read', async (socket, call) => {
    socket.send(`hello ${call.params.name} from ${call.caller.username}`);
    socket.onMessage((data, isBinary) => socket.send(isBinary ? data : data.toString()));
  });
  registerSocket(app, '/ws/admins', 'users:read', async () => undefined);
  registerSocket(app, '/ws/failing', 'executions:read', async (_socket, { query }) => {
    if (query.how === 'known') throw new AppError('NOT_FOUND', { detail: { ja: 'ありません', en: 'There is none' } });
    throw new Error('a secret of the inside');
  });
  registerSocket(app, '/ws/flood', 'executions:read', async (socket) => {
    const megabyte = Buffer.alloc(1024 * 1024);
    // A reader that stops: the loop ends because `send` says so.
    while (socket.send(megabyte)) await new Promise((resolve) => setImmediate(resolve));
  });
  registerSocket(app, '/ws/sized', 'executions:read', async (socket) => {
    sized = socket;
  });
  addMissingMethods(app);
  address = (await app.listen({ host: '127.0.0.1', port: 0 })).replace('http', 'ws');
});
afterAll(() => app.close());

const token = { headers: { authorization: 'Bearer good' } };

function open(path: string, options: { headers?: Record<string, string> } = token): WebSocket {
  return new WebSocket(address + path, options);
}

async function nextText(socket: WebSocket): Promise<string> {
  const [data] = await once(socket, 'message');
  return String(data);
}

/** What a handshake that is refused answers. */
async function refusal(path: string, options: { headers?: Record<string, string> } = token) {
  const socket = open(path, options);
  socket.on('error', () => undefined);
  const [, response] = await once(socket, 'unexpected-response');
  let body = '';
  for await (const chunk of response) body += chunk;
  socket.terminate();
  return { status: response.statusCode, type: response.headers['content-type'], problem: JSON.parse(body) };
}

test('messages go both ways, text as text and bytes as bytes', async () => {
  const socket = open('/ws/echo/tanaka');
  expect(await nextText(socket)).toBe('hello tanaka from viewer');
  socket.send('text');
  expect(await once(socket, 'message')).toEqual([Buffer.from('text'), false]);
  socket.send(Buffer.from([1, 2, 3]));
  expect(await once(socket, 'message')).toEqual([Buffer.from([1, 2, 3]), true]);
  socket.close();
});

test('messages sent before the sign-in has been checked are not lost', async () => {
  let admit = (): void => undefined;
  admitting = new Promise<void>((resolve) => {
    admit = resolve;
  });
  const socket = open('/ws/echo/early');
  const messages: string[] = [];
  socket.on('message', (data) => messages.push(String(data)));
  socket.on('open', () => {
    socket.send('first');
    socket.send('second');
  });
  admit();
  await once(socket, 'open');
  while (messages.length < 3) await once(socket, 'message');
  expect(messages).toEqual(['hello early from viewer', 'first', 'second']);
  socket.close();
});

describe('a handshake is refused with a problem document', () => {
  test.each([
    ['without a sign-in', '/ws/echo/x', {}, 401, 'UNAUTHENTICATED'],
    ['with a bad token', '/ws/echo/x', { authorization: 'Bearer bad' }, 401, 'UNAUTHENTICATED'],
    ['with a bad ticket', '/ws/echo/x?ticket=bad', {}, 401, 'UNAUTHENTICATED'],
    ['when the role does not allow it', '/ws/admins', token.headers, 403, 'FORBIDDEN'],
    ['when there is no such address', '/ws/nowhere', token.headers, 404, 'NOT_FOUND'],
  ])('%s', async (_name, path, headers, status, code) => {
    const refused = await refusal(path, { headers });
    expect(refused).toMatchObject({ status, type: expect.stringContaining('application/problem+json'), problem: { code } });
  });

  test('of a plain GET, saying what to do', async () => {
    const answer = await app.inject({ url: '/ws/echo/x', headers: token.headers });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().detail).toContain('Upgrade: websocket');
  });
});

test('a ticket opens a socket without headers', async () => {
  const socket = open('/ws/echo/browser?ticket=good', {});
  expect(await nextText(socket)).toBe('hello browser from viewer');
  socket.close();
});

test('a handler that fails says so in the client’s language and closes, without internals', async () => {
  const known = open('/ws/failing?how=known');
  expect(JSON.parse(await nextText(known))).toEqual({ type: 'error', error: { code: 'NOT_FOUND', message: 'ありません' } });
  expect((await once(known, 'close'))[0]).toBe(1008);
  const unknown = open('/ws/failing', { headers: { ...token.headers, 'accept-language': 'en' } });
  const text = await nextText(unknown);
  expect(text).toContain('INTERNAL');
  expect(text).not.toContain('secret');
  expect((await once(unknown, 'close'))[0]).toBe(1011);
});

test('a reader that is too slow is closed with 1013 instead of being buffered for', async () => {
  const socket = open('/ws/flood');
  await once(socket, 'open');
  socket.pause();
  // The server gives up at its bound; what it had sent by then still arrives, and then the reason.
  setTimeout(() => socket.resume(), 300);
  const [code, reason] = await once(socket, 'close');
  expect([code, String(reason)]).toEqual([1013, 'SLOW_READER']);
});

test('what a client has not taken is counted, although the kernel has taken it', async () => {
  const socket = open('/ws/sized');
  await once(socket, 'open');
  await expect.poll(() => sized).toBeDefined();
  const untaken = () => sized?.untakenBytes();
  const message = Buffer.alloc(100 * 1024);
  socket.pause();
  for (let count = 1; count <= 5; count += 1) {
    sized?.send(message);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(untaken()).toBe(count * message.length);
  }
  socket.resume();
  await expect.poll(untaken).toBe(0);
  // A client cannot have taken more than it was sent.
  socket.pong('999999999');
  sized?.send(message);
  await expect.poll(untaken).toBe(0);
  socket.pause();
  sized?.send(message);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(untaken()).toBe(message.length);
  socket.terminate();
});
