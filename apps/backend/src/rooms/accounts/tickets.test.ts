import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createTestClock, openTestBackend, type TestBackend } from '../../testing/backend.ts';

const clock = createTestClock();
let backend: TestBackend;
let address: string;

beforeAll(async () => {
  backend = await openTestBackend({ platform: { clock } });
  address = (await backend.listen()).replace('http', 'ws');
});
afterAll(() => backend.close());

async function takeTicket(headers: { readonly authorization: string }): Promise<string> {
  const answer = await backend.app.inject({ method: 'POST', url: '/api/v1/ws-tickets', headers });
  expect(answer.json()).toMatchObject({ expires_in: 30 });
  return answer.json().ticket;
}

/** 101 when the socket opened, else the status of the refusal. */
async function open(ticket: string, path = '/ws/system-status'): Promise<number> {
  const socket = new WebSocket(`${address}${path}?ticket=${ticket}`);
  socket.on('error', () => undefined);
  const status = await Promise.race([
    once(socket, 'open').then(() => 101),
    once(socket, 'unexpected-response').then(([, response]) => Number(response.statusCode)),
  ]);
  socket.terminate();
  return status;
}

test('a ticket opens one socket, once', async () => {
  const ticket = await takeTicket(await backend.login('viewer'));
  const tries = await Promise.all([open(ticket), open(ticket), open(ticket)]);
  expect(tries.toSorted()).toEqual([101, 401, 401]);
  expect(await open(ticket)).toBe(401);
});

test('a ticket is good for 30 seconds', async () => {
  const ticket = await takeTicket(await backend.login('viewer'));
  clock.advance(31_000);
  expect(await open(ticket)).toBe(401);
});

test('a ticket gives no more than the role of who took it', async () => {
  expect(await open(await takeTicket(await backend.login('service')))).toBe(403);
});

test('a ticket is worth nothing after its sign-in has ended', async () => {
  const payload = { username: 'viewer-of-the-tests', password: 'a-user-of-the-tests' };
  const login = await backend.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload });
  const headers = { authorization: `Bearer ${login.json().access_token}` };
  const ticket = await takeTicket(headers);
  await backend.app.inject({ method: 'POST', url: '/api/v1/auth/logout', headers });
  expect(await open(ticket)).toBe(401);
});
