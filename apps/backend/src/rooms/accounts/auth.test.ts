import { createLocalJWKSet, generateKeyPair, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adminPassword, createTestClock, openTestBackend, type TestBackend, userPassword } from '../../testing/backend.ts';

const loginsPerMinute = 5;
const clock = createTestClock();
let backend: TestBackend;

beforeAll(async () => {
  backend = await openTestBackend({ platform: { clock }, env: { IMAGEFLOW_LOGINS_PER_MINUTE: String(loginsPerMinute) } });
});
afterAll(() => backend.close());
// A new window of the limit for every test.
beforeEach(() => clock.advance(60_000));

interface Grant {
  readonly access_token: string;
  readonly refresh_token: string;
}

function post(path: string, payload?: object, headers: Record<string, string> = {}) {
  return backend.app.inject({ method: 'POST', url: `/api/v1${path}`, headers, ...(payload && { payload }) });
}

async function login(username: string, password: string): Promise<Grant> {
  const answer = await post('/auth/login', { username, password });
  expect(answer.statusCode).toBe(200);
  return answer.json<Grant>();
}

function me(token: string) {
  return backend.app.inject({ url: '/api/v1/auth/me', headers: { authorization: `Bearer ${token}` } });
}

let made = 0;
async function createUser(role = 'viewer'): Promise<{ id: string; username: string }> {
  made += 1;
  const payload = { username: `user-${made}`, role, password: userPassword };
  const { access_token } = await login('admin', adminPassword);
  const answer = await post('/users', payload, { authorization: `Bearer ${access_token}` });
  expect(answer.statusCode).toBe(201);
  return answer.json();
}

describe('signing in', () => {
  test('answers tokens that nothing may cache, and the account they stand for', async () => {
    const answer = await post('/auth/login', { username: ' Admin ', password: adminPassword });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    const grant = answer.json();
    expect(grant).toMatchObject({ token_type: 'Bearer', expires_in: 900, user: { username: 'admin', role: 'admin' } });
    const account = await me(grant.access_token);
    expect(account.json()).toMatchObject({ username: 'admin', role: 'admin', disabled: false });
    expect(account.json().actions).toContain('users:write');
    expect(account.body).not.toContain('argon2');
  });

  test('says the same of a wrong password, an unknown name and a disabled account', async () => {
    const user = await createUser();
    const { access_token } = await login('admin', adminPassword);
    const headers = { authorization: `Bearer ${access_token}` };
    await backend.app.inject({ method: 'PATCH', url: `/api/v1/users/${user.id}`, headers, payload: { disabled: true } });
    const tries = [
      { username: 'admin', password: 'wrong' },
      { username: 'nobody', password: 'wrong' },
      { username: user.username, password: userPassword },
    ];
    const answers = await Promise.all(tries.map((body) => post('/auth/login', body)));
    const documents = answers.map((answer) => ({ ...answer.json(), trace_id: '' }));
    expect(documents[0]).toMatchObject({ status: 401, code: 'LOGIN_FAILED' });
    expect(documents[1]).toEqual(documents[0]);
    expect(documents[2]).toEqual(documents[0]);
  });

  test('is limited per user, and says when to come back', async () => {
    const attempt = () => post('/auth/login', { username: 'victim', password: 'guess' });
    for (let i = 0; i < loginsPerMinute; i++) expect((await attempt()).statusCode).toBe(401);
    const refused = await attempt();
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'RATE_LIMITED' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await login('admin', adminPassword);
    clock.advance(60_000);
    expect((await attempt()).statusCode).toBe(401);
  });

  test('is limited per address, whatever the names', async () => {
    for (let i = 0; i < loginsPerMinute * 5; i++) await post('/auth/login', { username: `name-${i}`, password: 'guess' });
    const refused = await post('/auth/login', { username: 'admin', password: adminPassword });
    expect(refused.statusCode).toBe(429);
  });
});

describe('access tokens', () => {
  test('are verified by the published keys, which hold nothing private', async () => {
    const { access_token } = await login('admin', adminPassword);
    const answer = await backend.app.inject({ url: '/.well-known/jwks.json' });
    expect(answer.headers['content-type']).toContain('application/jwk-set+json');
    const keys = answer.json<JSONWebKeySet>();
    expect(keys.keys.every((key) => key.d === undefined)).toBe(true);
    const { payload, protectedHeader } = await jwtVerify(access_token, createLocalJWKSet(keys), { currentDate: new Date(clock.now()) });
    expect(protectedHeader.kid).toBeTypeOf('string');
    expect(payload).toMatchObject({ iss: 'imageflow', role: 'admin' });
  });

  test('expire after 15 minutes', async () => {
    const { access_token } = await login('admin', adminPassword);
    clock.advance(14 * 60_000);
    expect((await me(access_token)).statusCode).toBe(200);
    clock.advance(61_000);
    const refused = await me(access_token);
    expect(refused.statusCode).toBe(401);
    expect(refused.headers['www-authenticate']).toContain('Bearer');
    expect(refused.json().detail).toContain('/api/v1/auth/refresh');
  });

  test('are refused when forged', async () => {
    const { access_token } = await login('admin', adminPassword);
    const [head = '', body = ''] = access_token.split('.');
    const { privateKey } = await generateKeyPair('ES256');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    const header = JSON.parse(Buffer.from(head, 'base64url').toString());
    const resigned = await new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
    const unsigned = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${body}.`;
    for (const token of [resigned, unsigned, `${head}.${body}.`, 'nonsense', 'a.b.c']) {
      expect((await me(token)).statusCode).toBe(401);
    }
  });

  test.each(['', 'Basic YWRtaW46YWRtaW4=', 'Bearer', 'Bearer a b'])('are not found in "Authorization: %s"', async (authorization) => {
    const answer = await backend.app.inject({ url: '/api/v1/auth/me', headers: { authorization } });
    expect(answer.statusCode).toBe(401);
    expect(answer.json().code).toBe('UNAUTHENTICATED');
  });
});

describe('refresh tokens', () => {
  test('are exchanged once for new tokens of the same sign-in', async () => {
    const first = await login('admin', adminPassword);
    clock.advance(20 * 60_000);
    const second = await post('/auth/refresh', { refresh_token: first.refresh_token });
    expect(second.statusCode).toBe(200);
    const tokens = second.json<Grant>();
    expect(tokens.refresh_token).not.toBe(first.refresh_token);
    expect((await me(tokens.access_token)).statusCode).toBe(200);
  });

  test('that come twice end the sign-in for both holders', async () => {
    const stolen = await login('admin', adminPassword);
    const tokens = (await post('/auth/refresh', { refresh_token: stolen.refresh_token })).json<Grant>();
    expect((await post('/auth/refresh', { refresh_token: stolen.refresh_token })).statusCode).toBe(401);
    expect((await post('/auth/refresh', { refresh_token: tokens.refresh_token })).statusCode).toBe(401);
    expect((await me(tokens.access_token)).statusCode).toBe(401);
  });

  test('of which the same comes at the same moment are honoured at most once', async () => {
    const { refresh_token } = await login('admin', adminPassword);
    const answers = await Promise.all([1, 2, 3].map(() => post('/auth/refresh', { refresh_token })));
    expect(answers.filter((answer) => answer.statusCode === 200).length).toBeLessThanOrEqual(1);
  });

  test('expire after 14 days without use', async () => {
    const { refresh_token } = await login('admin', adminPassword);
    clock.advance(14 * 24 * 3600_000 + 1000);
    expect((await post('/auth/refresh', { refresh_token })).statusCode).toBe(401);
  });

  test('that nobody issued are refused', async () => {
    expect((await post('/auth/refresh', { refresh_token: 'made-up' })).json().code).toBe('UNAUTHENTICATED');
  });
});

describe('the end of a sign-in', () => {
  test('logging out revokes the access token and the refresh token', async () => {
    const { access_token, refresh_token } = await login('admin', adminPassword);
    const authorization = `Bearer ${access_token}`;
    expect((await post('/auth/logout', undefined, { authorization })).statusCode).toBe(204);
    expect((await me(access_token)).statusCode).toBe(401);
    expect((await post('/auth/refresh', { refresh_token })).statusCode).toBe(401);
  });

  test('a disabled account is out at once', async () => {
    const user = await createUser();
    const { access_token, refresh_token } = await login(user.username, userPassword);
    const { access_token: admin } = await login('admin', adminPassword);
    const headers = { authorization: `Bearer ${admin}` };
    await backend.app.inject({ method: 'PATCH', url: `/api/v1/users/${user.id}`, headers, payload: { disabled: true } });
    expect((await me(access_token)).statusCode).toBe(401);
    expect((await post('/auth/refresh', { refresh_token })).statusCode).toBe(401);
  });

  test('a new password ends the other sign-ins, not the one that changed it', async () => {
    const user = await createUser();
    const other = await login(user.username, userPassword);
    const own = await login(user.username, userPassword);
    const authorization = `Bearer ${own.access_token}`;
    const wrong = await post('/auth/password', { current_password: 'wrong', new_password: 'a-new-password' }, { authorization });
    expect(wrong.json().code).toBe('LOGIN_FAILED');
    const short = await post('/auth/password', { current_password: userPassword, new_password: 'short' }, { authorization });
    expect(short.json().validation_errors).toMatchObject([{ field: 'new_password' }]);
    expect(short.body).not.toContain('"value"');
    const changed = await post('/auth/password', { current_password: userPassword, new_password: 'a-new-password' }, { authorization });
    expect(changed.statusCode).toBe(204);
    expect((await me(own.access_token)).statusCode).toBe(200);
    expect((await me(other.access_token)).statusCode).toBe(401);
    await login(user.username, 'a-new-password');
  });
});

test('no password, token or ticket is in the log', async () => {
  const { access_token, refresh_token } = await login('admin', adminPassword);
  const authorization = `Bearer ${access_token}`;
  const { ticket } = (await post('/ws-tickets', undefined, { authorization })).json<{ ticket: string }>();
  await backend.app.inject({ url: `/ws/execution/none?ticket=${ticket}` });
  await post('/auth/refresh', { refresh_token });
  const log = backend.log.join('\n');
  expect(log).toContain('/api/v1/auth/refresh');
  for (const secret of [adminPassword, userPassword, access_token, refresh_token, ticket]) expect(log).not.toContain(secret);
});
