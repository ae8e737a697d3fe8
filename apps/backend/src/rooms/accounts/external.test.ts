import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../../config.ts';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';

let issuer: Server;
let address: string;
let isDown = false;
let sign: (claims: JWTPayload, audience?: string) => Promise<string>;
let backend: TestBackend;

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  issuer = createServer((request, response) => {
    if (isDown) response.writeHead(502).end();
    else if (request.url === '/realms/plant/.well-known/openid-configuration')
      response.end(JSON.stringify({ issuer: address, jwks_uri: `${address}/keys` }));
    else if (request.url === '/realms/plant/keys') response.end(JSON.stringify({ keys: [jwk] }));
    else response.writeHead(404).end();
  });
  issuer.listen(0, '127.0.0.1');
  await once(issuer, 'listening');
  address = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/realms/plant`;
  sign = (claims, audience = 'imageflow') =>
    new SignJWT({ realm_access: { roles: ['offline_access', 'engineer'] }, preferred_username: 'admin', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setIssuer(address)
      .setAudience(audience)
      .setSubject(claims.sub ?? 'user-1')
      .setIssuedAt()
      .setExpirationTime(claims.exp ?? '10m')
      .sign(privateKey);
  backend = await openTestBackend({
    env: {
      IMAGEFLOW_OIDC_ISSUER: address,
      IMAGEFLOW_OIDC_AUDIENCE: 'imageflow',
      IMAGEFLOW_OIDC_ROLE_CLAIM: 'realm_access.roles',
    },
  });
});
afterAll(async () => {
  await backend.close();
  issuer.close();
});

async function call(token: string, method: 'GET' | 'POST' = 'GET', path = '/auth/me') {
  return backend.app.inject({ method, url: `/api/v1${path}`, headers: { authorization: `Bearer ${token}` } });
}

test('an issuer that cannot be reached is said to be just that, and asked again', async () => {
  isDown = true;
  const answer = await call(await sign({}));
  expect(answer.statusCode).toBe(503);
  expect(answer.headers['retry-after']).toBeDefined();
  isDown = false;
  expect((await call(await sign({}))).statusCode).toBe(200);
});

test('its token lets in with the role it holds, into an account of its own', async () => {
  const me = (await call(await sign({ sid: 's1' }))).json();
  expect(me).toMatchObject({ display_name: 'admin', role: 'engineer', username: expect.stringMatching(/^oidc\//) });
  const again = (await call(await sign({ sid: 's2', realm_access: { roles: ['viewer'] } }))).json();
  expect(again).toMatchObject({ id: me.id, role: 'viewer' });
  expect((await call(await sign({ sid: 's3', sub: 'user-2' }))).json().id).not.toBe(me.id);
});

test('tickets and logging out work as for local accounts', async () => {
  const token = await sign({ sid: 'to-be-ended' });
  expect((await call(token, 'POST', '/ws-tickets')).statusCode).toBe(201);
  expect((await call(token, 'POST', '/auth/logout')).statusCode).toBe(204);
  expect((await call(token)).statusCode).toBe(401);
  expect((await call(await sign({ sid: 'to-be-ended', extra: 'renewed' }))).statusCode).toBe(401);
  expect((await call(await sign({ sid: 'a new sign-in' }))).statusCode).toBe(200);
});

test('tokens for others, without a role, expired or tampered with are refused', async () => {
  expect((await call(await sign({}, 'another-system'))).statusCode).toBe(401);
  expect((await call(await sign({ sid: 'none', realm_access: { roles: ['guest'] } }))).statusCode).toBe(403);
  expect((await call(await sign({ exp: Math.floor(Date.now() / 1000) - 3600 }))).statusCode).toBe(401);
  const [head, , signature] = (await sign({ sid: 'x' })).split('.');
  const body = Buffer.from(JSON.stringify({ iss: address, aud: 'imageflow', sub: 'admin', exp: 9e9, iat: 1 })).toString('base64url');
  expect((await call(`${head}.${body}.${signature}`)).statusCode).toBe(401);
});

test.each([
  [{ IMAGEFLOW_OIDC_ISSUER: 'https://id.example' }, 'IMAGEFLOW_OIDC_AUDIENCE'],
  [{ IMAGEFLOW_OIDC_ISSUER: 'http://id.example', IMAGEFLOW_OIDC_AUDIENCE: 'x' }, 'IMAGEFLOW_OIDC_ISSUER'],
])('settings that would let in too many are refused: %o', (env, field) => {
  expect(() => parseConfig(env)).toThrow(expect.objectContaining({ faults: [expect.objectContaining({ field })] }));
});
