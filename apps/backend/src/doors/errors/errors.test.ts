import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { toAppError } from './foreign.ts';

let backend: TestBackend;
let address: URL;
let admin: { readonly authorization: string };

beforeAll(async () => {
  backend = await openTestBackend({
    env: { IMAGEFLOW_MAX_BODY_BYTES: '5000', IMAGEFLOW_CORS_ORIGINS: 'https://plant.example' },
  });
  admin = await backend.login('admin');
  address = new URL(await backend.listen());
});
afterAll(() => backend.close());

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly instance: string;
  readonly trace_id: string;
}

async function problemOf(path: string, init: RequestInit = {}): Promise<{ response: Response; problem: Problem }> {
  const response = await fetch(new URL(path, address), init);
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const problem = (await response.json()) as Problem;
  expect(problem.status).toBe(response.status);
  expect(problem.type).toMatch(/^https:\/\/api\.imageflowcanvas\.com\/errors\/[a-z-]+$/);
  expect(problem.trace_id).toMatch(/^[0-9a-f]{32}$/);
  return { response, problem };
}

const json = { 'content-type': 'application/json' };
const post = (body: string, headers: Record<string, string> = json): RequestInit => ({ method: 'POST', headers, body });

describe('a problem document answers', () => {
  test.each(['/nowhere', '/api/v1/nowhere', '/v1/nowhere', '/api/v2/pipelines'])('an address with nothing behind it: %s', async (path) => {
    const { problem } = await problemOf(path);
    expect(problem).toMatchObject({ status: 404, code: 'NOT_FOUND', instance: path });
    expect(problem.detail).toContain('/api/docs');
  });

  test('a method the address does not have, with those it has', async () => {
    const { response, problem } = await problemOf('/api/v1/pipelines', { method: 'DELETE' });
    expect(problem.code).toBe('METHOD_NOT_ALLOWED');
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
  });

  test.each(['PATCH', 'PROPFIND', 'QUERY'])('the method %s, whatever comes with it', async (method) => {
    const { problem } = await problemOf('/api/v1/health', { method, headers: { 'content-type': 'text/nonsense' }, body: '{' });
    expect(problem.status).toBe(method === 'PROPFIND' ? 404 : 405);
    const nowhere = await problemOf('/nowhere', { method, headers: { 'content-type': 'text/nonsense' }, body: '{' });
    expect(nowhere.problem.status).toBe(404);
  });

  test.each([
    ['cut-off JSON', '{"username":', 'MALFORMED_BODY'],
    ['no JSON', 'username=admin', 'MALFORMED_BODY'],
    ['a prototype in the JSON', '{"__proto__":{"role":"admin"}}', 'MALFORMED_BODY'],
    ['an empty body', '', 'VALIDATION_ERROR'],
    ['a body of the wrong shape', '[1,2]', 'VALIDATION_ERROR'],
    ['a text with NUL', '{"username":"a\\u0000","password":"x"}', 'VALIDATION_ERROR'],
  ])('%s', async (_name, body, code) => {
    const { problem } = await problemOf('/api/v1/auth/login', post(body));
    expect(problem).toMatchObject({ status: 400, code });
  });

  test('a body over the limit, every time', async () => {
    for (let i = 0; i < 3; i++) {
      const { problem } = await problemOf('/api/v1/auth/login', post(JSON.stringify({ username: 'x'.repeat(6000) })));
      expect(problem).toMatchObject({ status: 413, code: 'TOO_LARGE' });
    }
  });

  test('a content type the route does not read', async () => {
    const { problem } = await problemOf('/api/v1/auth/login', post('<login/>', { 'content-type': 'application/xml' }));
    expect(problem).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA' });
    expect(problem.detail).toContain('application/json');
  });

  test.each(['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary=""'])(
    'a form without a boundary: %s',
    async (type) => {
      const { problem } = await problemOf('/api/v1/files', post('x', { ...admin, 'content-type': type }));
      expect(problem).toMatchObject({ status: 400, code: 'MALFORMED_BODY' });
    },
  );

  test.each(['/api/v1/files', '/api/v1/models', '/api/v1/executions'])('a form that ends early: %s', async (path) => {
    const body = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\ncut';
    const { problem } = await problemOf(path, post(body, { ...admin, 'content-type': 'multipart/form-data; boundary=x' }));
    expect(problem.status).toBeLessThan(500);
  });

  test('an Accept header that rules out every answer', async () => {
    const { problem } = await problemOf('/api/v1/health', { headers: { accept: 'application/xml' } });
    expect(problem).toMatchObject({ status: 406, code: 'NOT_ACCEPTABLE' });
  });

  test('an address that is not well-formed', async () => {
    const { problem } = await problemOf('/api/v1/pipelines/%E0%A4%A', { headers: admin });
    expect(problem.status).toBe(400);
  });

  test('a part of an address that is too long', async () => {
    const { problem } = await problemOf(`/api/v1/pipelines/${'x'.repeat(5000)}`, { headers: admin });
    expect(problem.status).toBe(404);
  });

  test('whoever is not signed in, before anything else is said', async () => {
    const { response, problem } = await problemOf('/api/v1/pipelines', post('{"broken'));
    expect(problem).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
  });

  test('headers that are too long', async () => {
    const answer = await raw(`GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'y'.repeat(100_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('application/problem+json');
  });

  test('bytes that are not HTTP', async () => {
    const answer = await raw('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('MALFORMED_BODY');
  });

  test('a WebSocket handshake that is refused, and a plain GET of a WebSocket', async () => {
    const upgrade = 'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==';
    const unknown = await raw(`GET /ws/nowhere HTTP/1.1\r\nhost: x\r\n${upgrade}\r\n\r\n`);
    expect(unknown).toMatch(/^HTTP\/1\.1 404 /);
    expect(unknown).toContain('application/problem+json');
  });
});

/** Sends bytes and answers all that comes back until the server closes. */
function raw(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(address.port), address.hostname, () => socket.write(request, 'latin1'));
    let answer = '';
    socket.setTimeout(1000, () => socket.end());
    socket.on('data', (data) => {
      answer += data.toString();
      if (answer.includes('"trace_id"')) socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

describe('languages', () => {
  test('Japanese when nothing else is asked for', async () => {
    const { response, problem } = await problemOf('/nowhere');
    expect(problem.title).toBe('見つかりません');
    expect(response.headers.get('content-language')).toBe('ja');
  });

  test('English when it is asked for, also in the faults', async () => {
    const headers = { ...json, 'accept-language': 'en-US,en;q=0.9' };
    const { problem } = await problemOf('/api/v1/auth/login', post('{}', headers));
    expect(problem.title).toBe('The request is not valid');
    expect(JSON.stringify(problem)).not.toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
  });
});

test('a client that offers HTTP/2 with its request is answered as if it had not', async () => {
  const offer = 'connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAoAAAAAIAAAAA';
  const body = '{"username":"x","password":"y"}';
  const head = `POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  const answer = await raw(`${head}\r\n${offer}\r\n\r\n${body}`);
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(answer).toContain('LOGIN_FAILED');
});

test('both base addresses lead to the same', async () => {
  for (const path of ['/api/v1/health', '/v1/health', '/api/v1/health/']) {
    expect((await fetch(new URL(path, address))).status).toBe(200);
  }
});

test('a caller’s trace is carried on', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  const { response, problem } = await problemOf('/nowhere', { headers });
  expect(problem.trace_id).toBe(traceId);
  expect(response.headers.get('traceparent')).toContain(traceId);
  expect(backend.log.join('\n')).toContain(traceId);
});

describe('browsers', () => {
  const preflight = (origin: string) =>
    fetch(new URL('/api/v1/pipelines', address), {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization,if-match' },
    });

  test('of the configured origins may call', async () => {
    const response = await preflight('https://plant.example');
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://plant.example');
    expect(response.headers.get('access-control-allow-methods')).toContain('PUT');
  });

  test('of other origins may not', async () => {
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  test('are told not to guess types, frame pages or run scripts', async () => {
    const { headers } = await fetch(new URL('/api/v1/health', address));
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});

test('a client that goes away in the middle of its request is not taken for a lost database', () => {
  const lost = (message: string): Error => Object.assign(new Error(message), { code: 'ECONNRESET' });
  expect(toAppError(lost('aborted')).code).toBe('CANCELLED');
  expect(toAppError(lost('read ECONNRESET')).code).toBe('DATABASE_UNAVAILABLE');
});
