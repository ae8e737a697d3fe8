import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';

let backend: TestBackend;
let admin: { readonly authorization: string };

beforeAll(async () => {
  backend = await openTestBackend();
  admin = await backend.login('admin');
});
afterAll(() => backend.close());

const password = 'correct horse battery';

function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) {
  return backend.app.inject({ method, url: `/api/v1${path}`, headers: admin, ...(payload && { payload }) });
}

test('an account is made, read, changed and deleted', async () => {
  const made = await call('POST', '/users', { username: 'Tanaka', display_name: '田中 太郎', role: 'inspector', password });
  expect(made.statusCode).toBe(201);
  const { id } = made.json();
  expect(made.headers.location).toBe(`/api/v1/users/${id}`);
  expect(made.json()).toMatchObject({ username: 'tanaka', display_name: '田中 太郎', role: 'inspector', disabled: false });
  expect(made.body).not.toContain('password');
  expect((await call('PATCH', `/users/${id}`, { role: 'engineer' })).json()).toMatchObject({ role: 'engineer', display_name: '田中 太郎' });
  expect((await call('GET', `/users/${id}`)).json().role).toBe('engineer');
  expect((await call('DELETE', `/users/${id}`)).statusCode).toBe(204);
  expect((await call('GET', `/users/${id}`)).statusCode).toBe(404);
  expect((await call('DELETE', `/users/${id}`)).statusCode).toBe(404);
});

test('a name that is taken is refused, whatever its case', async () => {
  await call('POST', '/users', { username: 'suzuki', role: 'viewer', password });
  const again = await call('POST', '/users', { username: 'SUZUKI', role: 'viewer', password });
  expect(again.statusCode).toBe(409);
  expect(again.json().validation_errors).toMatchObject([{ field: 'username' }]);
});

test('every fault of a body is named, without its secrets', async () => {
  const answer = await call('POST', '/users', { username: 'a b', role: 'owner', password: 'short' });
  expect(answer.statusCode).toBe(400);
  const fields = answer.json().validation_errors.map((fault: { field: string }) => fault.field);
  expect(fields.toSorted()).toEqual(['password', 'role', 'username']);
  expect(answer.body).not.toContain('short');
});

test('the last administrator can be neither deleted, disabled nor given another role', async () => {
  const { id } = (await call('GET', '/auth/me')).json();
  for (const answer of [
    await call('DELETE', `/users/${id}`),
    await call('PATCH', `/users/${id}`, { disabled: true }),
    await call('PATCH', `/users/${id}`, { role: 'viewer' }),
  ]) {
    expect(answer.statusCode).toBe(409);
    expect(answer.json().detail).toContain('最後の管理者');
  }
  const second = await call('POST', '/users', { username: 'second-admin', role: 'admin', password });
  expect((await call('DELETE', `/users/${second.json().id}`)).statusCode).toBe(204);
});

test('lists come in pages that lead to each other, and can be searched', async () => {
  for (const name of ['page-1', 'page-2', 'page-3']) await call('POST', '/users', { username: name, role: 'viewer', password });
  const first = await call('GET', '/users?search=page-&limit=2');
  expect(first.json().items.map((user: { username: string }) => user.username)).toEqual(['page-3', 'page-2']);
  const next = /<([^>]+)>; rel="next"/.exec(String(first.headers.link))?.[1] ?? '';
  const second = await backend.app.inject({ url: next, headers: admin });
  expect(second.json()).toMatchObject({ items: [{ username: 'page-1' }], next_cursor: null });
  expect(second.headers.link).toBeUndefined();
  expect((await call('GET', '/users?cursor=bm9uc2Vuc2U')).json().validation_errors).toMatchObject([{ field: 'query.cursor' }]);
  expect((await call('GET', '/users?search=%25')).json().items).toEqual([]);
});

test('roles show what each of them allows', async () => {
  const roles = (await call('GET', '/roles')).json().items;
  const viewer = roles.find((role: { role: string }) => role.role === 'viewer');
  expect(viewer.actions).toContain('pipelines:read');
  expect(viewer.actions).not.toContain('pipelines:write');
});

test('the audit log says who changed what, and nothing secret', async () => {
  const made = (await call('POST', '/users', { username: 'audited', role: 'viewer', password })).json();
  await call('PATCH', `/users/${made.id}`, { password: 'another password', disabled: true });
  const entries = (await call('GET', `/audit?resource_id=${made.id}`)).json();
  expect(entries.items).toMatchObject([
    { operation: 'updateUser', actor_name: 'admin', resource_type: 'users', details: { disabled: true, password_changed: true } },
    { operation: 'createUser', details: { username: 'audited', role: 'viewer' } },
  ]);
  expect(JSON.stringify(entries)).not.toContain('another password');
  const paged = await call('GET', `/audit?resource_id=${made.id}&limit=1`);
  expect(paged.json().items).toHaveLength(1);
  const rest = await call('GET', `/audit?resource_id=${made.id}&limit=1&cursor=${paged.json().next_cursor}`);
  expect(rest.json().items).toMatchObject([{ operation: 'createUser' }]);
});

// Last: the administrator of these tests may lose the role.
test('of two administrators who remove each other at the same moment one remains', async () => {
  const other = (await call('POST', '/users', { username: 'rival', role: 'admin', password })).json();
  const { id } = (await call('GET', '/auth/me')).json();
  const answers = await Promise.all([id, other.id].map((target) => call('PATCH', `/users/${target}`, { role: 'viewer' })));
  expect(answers.map((answer) => answer.statusCode).toSorted()).toEqual([200, 409]);
});
