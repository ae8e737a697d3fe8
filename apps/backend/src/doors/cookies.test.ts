import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { adminPassword, openTestBackend, type TestBackend } from '../testing/backend.ts';

let backend: TestBackend;
let origin: string;
let cookies: string[];

beforeAll(async () => {
  backend = await openTestBackend();
  origin = await backend.listen();
  const answer = await signIn({ origin });
  expect(answer.status).toBe(200);
  expect(JSON.stringify(await answer.json())).not.toContain('token');
  cookies = answer.headers.getSetCookie();
});
afterAll(() => backend?.close());

function signIn(headers: Record<string, string>): Promise<Response> {
  const body = JSON.stringify({ username: 'admin', password: adminPassword });
  return fetch(`${origin}/api/v1/auth/browser-session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

const sent = (lines: readonly string[]) => lines.map((line) => line.split(';')[0]).join('; ');
const me = (headers: Record<string, string>) => fetch(`${origin}/api/v1/auth/me`, { headers: { cookie: sent(cookies), ...headers } });
const refresh = (cookie: string) => fetch(`${origin}/api/v1/auth/browser-session/refresh`, { method: 'POST', headers: { cookie, origin } });

test('scripts cannot read the cookies, other sites do not send them, and the refresh token goes to its own address only', () => {
  for (const line of cookies) expect(line).toMatch(/HttpOnly; SameSite=Strict$/);
  expect(cookies.map((line) => /Path=([^;]+)/.exec(line)?.[1])).toEqual(['/', '/api/v1/auth/browser-session']);
});

test('an image, which sends no header, is read by the cookie', async () => {
  expect((await me({})).status).toBe(200);
  expect((await me({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
});

test.each([
  { name: 'the page of another site', headers: { 'sec-fetch-site': 'cross-site' } },
  { name: 'the page of another port', headers: { 'sec-fetch-site': 'same-site' } },
  { name: 'a foreign origin', headers: { origin: 'http://elsewhere.example' } },
  { name: 'an origin that is none', headers: { origin: 'null' } },
])('$name is not signed in by the cookie', async ({ headers }) => {
  expect((await me(headers)).status).toBe(401);
  expect((await signIn(headers)).status).toBe(401);
});

test('a change needs proof that an own page asks for it', async () => {
  const remove = (headers: Record<string, string>) =>
    fetch(`${origin}/api/v1/ws-tickets`, { method: 'POST', headers: { cookie: sent(cookies), ...headers } });
  expect((await remove({})).status).toBe(401);
  expect((await remove({ origin })).status).toBe(201);
});

test('a WebSocket is opened by the cookie of an own page, and of no other', async () => {
  const open = (from: string) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws/system-status`, {
        origin: from,
        headers: { cookie: sent(cookies) },
      });
      socket.on('open', () => resolve('open')).on('error', () => resolve('refused'));
      socket.on('open', () => socket.close());
    });
  expect(await open(origin)).toBe('open');
  expect(await open('http://elsewhere.example')).toBe('refused');
});

test('cookies are exchanged for new ones, and gone after signing out', async () => {
  const own = (await signIn({ origin })).headers.getSetCookie();
  const renewed = await refresh(sent(own));
  expect(renewed.status).toBe(200);
  const cookie = sent(renewed.headers.getSetCookie());
  const ended = await fetch(`${origin}/api/v1/auth/browser-session`, { method: 'DELETE', headers: { cookie, origin } });
  expect(ended.status).toBe(204);
  for (const line of ended.headers.getSetCookie()) expect(line).toContain('Max-Age=0');
  expect((await refresh(cookie)).status).toBe(401);
});
