import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { authRoutes, fileRoutes, serviceRoutes } from '@imageflow/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createClient, type Tokens } from './client.ts';
import { ApiError, ConnectionError } from './errors.ts';

/** A server that answers what the test says, one answer after the other, and keeps what it was asked. */
interface Asked {
  readonly line: string;
  readonly authorization: string | undefined;
  readonly body: string;
}
type Reply = (response: ServerResponse) => void;

const asked: Asked[] = [];
const replies: Reply[] = [];
const server = createServer((request, response) => void serve(request, response));
let baseUrl: string;

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  asked.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization, body });
  replies.shift()?.(response);
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked.length = 0;
  replies.length = 0;
});
afterAll(() => server.close());

const tokens: Tokens = { accessToken: 'old', refreshToken: 'r1' };
const grant = {
  access_token: 'new',
  token_type: 'Bearer',
  expires_in: 900,
  refresh_token: 'r2',
  user: { id: '019928f4-6c1e-7a52-9d3b-2f0c8e5a4b17', username: 'admin', role: 'admin' },
};
const problem = {
  type: 'https://api.imageflowcanvas.com/errors/queue-full',
  title: 'Full',
  status: 429,
  detail: 'Try later',
  instance: '/x',
  code: 'QUEUE_FULL',
  trace_id: 'f'.repeat(32),
};
const noServices = { items: [], next_cursor: null };

describe('a call', () => {
  test('fills path and query, sends the token, answers the parsed body', async () => {
    replies.push(json(200, { items: [], next_cursor: null, added_by_a_newer_server: 1 }));
    const client = createClient({ baseUrl: `${baseUrl}/`, tokens });
    expect(await client.call(fileRoutes.listFiles, { query: { limit: 5, search: 'a b' } })).toEqual({ items: [], next_cursor: null });
    replies.push((response) => response.writeHead(204).end());
    await client.call(fileRoutes.deleteFile, { params: { id: 'a/b' } });
    expect(asked).toMatchObject([
      { line: 'GET /api/v1/files?limit=5&search=a+b', authorization: 'Bearer old' },
      { line: 'DELETE /api/v1/files/a%2Fb' },
    ]);
  });

  test('fails with the problem document, its code and when to come again', async () => {
    replies.push(json(429, problem, { 'retry-after': '7' }));
    const error = await createClient({ baseUrl })
      .call(serviceRoutes.listServices, {})
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 429, code: 'QUEUE_FULL', message: 'Try later', retryAfterSeconds: 7 });
  });

  test.each([
    ['text', 'upstream is down'],
    ['another JSON', '{"error":"x"}'],
  ])('fails in a useful way when something in between answers with %s', async (_what, body) => {
    replies.push((response) => response.writeHead(502, { 'content-type': 'text/plain' }).end(body));
    const error = await createClient({ baseUrl })
      .call(serviceRoutes.listServices, {})
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 502, code: 'UNKNOWN', message: body });
  });

  test('fails with ConnectionError when nobody answers, or the answer breaks off', async () => {
    const nobody = createClient({ baseUrl: 'http://127.0.0.1:9' });
    await expect(nobody.call(serviceRoutes.listServices, {})).rejects.toBeInstanceOf(ConnectionError);
    replies.push((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"items":', () => response.destroy());
    });
    await expect(createClient({ baseUrl }).call(serviceRoutes.listServices, {})).rejects.toBeInstanceOf(ConnectionError);
  });

  test('can be given up', async () => {
    const stop = new AbortController();
    replies.push(() => stop.abort(new Error('enough')));
    await expect(createClient({ baseUrl }).call(serviceRoutes.listServices, {}, { signal: stop.signal })).rejects.toThrow('enough');
  });
});

describe('an expired token', () => {
  test('is exchanged once, however many calls find out, and each call is sent again', async () => {
    const kept: (Tokens | undefined)[] = [];
    const client = createClient({ baseUrl, tokens, onTokens: (next) => void kept.push(next) });
    replies.push(json(401, problem), json(401, problem), json(200, grant), json(200, noServices), json(200, noServices));
    await Promise.all([client.call(serviceRoutes.listServices, {}), client.call(serviceRoutes.listServices, {})]);
    expect(asked.filter(({ line }) => line.endsWith('/auth/refresh'))).toMatchObject([{ body: '{"refresh_token":"r1"}' }]);
    expect(asked.slice(-2).map(({ authorization }) => authorization)).toEqual(['Bearer new', 'Bearer new']);
    expect(kept).toEqual([{ accessToken: 'new', refreshToken: 'r2' }]);
  });

  test('that cannot be exchanged ends the sign-in; a server that is only busy does not', async () => {
    const kept: (Tokens | undefined)[] = [];
    const client = createClient({ baseUrl, tokens, onTokens: (next) => void kept.push(next) });
    replies.push(json(401, problem), json(503, { ...problem, status: 503, code: 'SHUTTING_DOWN' }));
    await expect(client.call(serviceRoutes.listServices, {})).rejects.toMatchObject({ status: 503 });
    expect(kept).toEqual([]);
    replies.push(json(401, problem), json(401, { ...problem, status: 401, code: 'UNAUTHENTICATED' }));
    await expect(client.call(serviceRoutes.listServices, {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(kept).toEqual([undefined]);
  });

  test('is exchanged before an upload, not after it', async () => {
    const claims = Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1000) - 1 })).toString('base64url');
    const client = createClient({ baseUrl, tokens: { accessToken: `e30.${claims}.x`, refreshToken: 'r1' } });
    const form = new FormData();
    form.set('files', new Blob(['pixels']), 'photo.jpg');
    replies.push(json(200, grant), json(201, { items: [] }));
    await client.call(fileRoutes.uploadFiles, { form });
    expect(asked.map(({ line }) => line)).toEqual(['POST /api/v1/auth/refresh', 'POST /api/v1/files']);
    expect(asked[1]?.body).toContain('filename="photo.jpg"');
  });
});

test('signing in and out keeps and forgets the tokens', async () => {
  const kept: (Tokens | undefined)[] = [];
  const client = createClient({ baseUrl, onTokens: (next) => void kept.push(next) });
  replies.push(json(200, grant), json(200, noServices), (response) => response.writeHead(204).end());
  await client.login('admin', 'secret');
  await client.call(serviceRoutes.listServices, {});
  await client.logout();
  expect(asked.map(({ line, authorization }) => [line, authorization])).toEqual([
    ['POST /api/v1/auth/login', undefined],
    ['GET /api/v1/grpc-services', 'Bearer new'],
    ['POST /api/v1/auth/logout', 'Bearer new'],
  ]);
  expect(kept).toEqual([{ accessToken: 'new', refreshToken: 'r2' }, undefined]);
});

test('types: a call knows its parts and its answer', () => {
  const client = createClient({ baseUrl });
  const typed = () => client.call(authRoutes.createTicket, {});
  const ticket: () => Promise<{ ticket: string }> = typed;
  // @ts-expect-error a path needs its parts
  const wrong = () => client.call(fileRoutes.deleteFile, {});
  expect([typeof ticket, typeof wrong]).toEqual(['function', 'function']);
});
