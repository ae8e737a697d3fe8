/** Walks every route of the contract: each is on the server, asks for a sign-in, and lets in exactly the roles of the permission table. */

import { type Route, allRoutes as routes } from '@imageflow/contract';
import { isAllowed, type Role } from '@imageflow/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestBackend, type TestBackend } from '../testing/backend.ts';

const roles: readonly Role[] = ['admin', 'engineer', 'inspector', 'viewer', 'service'];
/** Outside the contract, for everyone. */
const open = ['/', '/favicon.ico', '/api/docs', '/api/docs/js/scalar.js', '/livez', '/readyz', '/metrics', '/.well-known/jwks.json'];
/** These would end the sign-ins of the other tests. */
const endsSignIn = ['logout', 'endPageSession'];
const documents = ['/api/v1/openapi.json', '/api/v1/asyncapi.json'];

let backend: TestBackend;

beforeAll(async () => {
  backend = await openTestBackend();
  for (const role of roles) await backend.login(role);
});
afterAll(() => backend.close());

/** With ids that stand for nothing: who is let in gets a 400 or 404. */
function request(route: Route, headers: Record<string, string> = {}) {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057';
  const url = `/api/v1${route.path.replaceAll(/\{\w+\}/g, id)}`;
  const type = route.body?.kind === 'multipart' ? 'multipart/form-data; boundary=x' : 'application/json';
  const body = route.body === undefined ? {} : { payload: route.body.kind === 'multipart' ? '--x--\r\n' : '{}' };
  return backend.app.inject({
    method: route.method,
    url,
    headers: { ...headers, ...('payload' in body && { 'content-type': type }) },
    ...body,
  });
}

/** The design names the camera's socket below the version, too. */
const isSocket = (path: string) => path.startsWith('/ws/') || path.endsWith('/v1/camera-stream');

test('every address of the server is in the contract, is a document, or is a WebSocket', () => {
  const known = new Set(routes.flatMap((route) => ['/api/v1', '/v1'].map((prefix) => prefix + route.path.replaceAll(/\{(\w+)\}/g, ':$1'))));
  const others = [...backend.app.pathMethods.keys()].filter((path) => !known.has(path) && !isSocket(path));
  expect(others.filter((path) => !documents.includes(path) && path !== '*').toSorted()).toEqual(open.toSorted());
});

test('operation ids are unique', () => {
  const ids = routes.map((route) => route.operationId);
  expect(ids.length).toBe(new Set(ids).size);
});

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_name, route) => {
  test('is on the server', () => {
    const path = `/api/v1${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
    expect(backend.app.pathMethods.get(path)).toContain(route.method);
  });

  test.runIf(route.action !== 'public')('asks for a sign-in', async () => {
    const answer = await request(route);
    expect(answer.statusCode).toBe(401);
    expect(answer.json().code).toBe('UNAUTHENTICATED');
  });

  test.runIf(route.action !== 'public' && !endsSignIn.includes(route.operationId))(
    'lets in the roles of the table and no other',
    async () => {
      if (route.action === 'public') return;
      for (const role of roles) {
        const answer = await request(route, await backend.login(role));
        const isRefused = answer.statusCode === 403 && answer.json().code === 'FORBIDDEN';
        expect([role, !isRefused]).toEqual([role, isAllowed(role, route.action)]);
        expect(answer.statusCode).not.toBe(401);
        expect(answer.statusCode).not.toBe(500);
      }
    },
  );
});
