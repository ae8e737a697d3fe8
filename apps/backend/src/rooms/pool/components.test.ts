import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { openTestService, type TestService } from '../../testing/service.ts';

let service: TestService;
let backend: TestBackend;
let viewer: { readonly authorization: string };

beforeAll(async () => {
  service = await openTestService('ToolService', [
    { method: 'Polish', parameters: { type: 'object', properties: { grit: { type: 'integer', minimum: 1 } } }, producesImage: true },
    { method: 'Count', parameters: { type: 'object' } },
  ]);
  backend = await openTestBackend({ env: { IMAGEFLOW_SERVICES: service.setting } });
  viewer = await backend.login('viewer');
});
afterAll(async () => {
  await backend.close();
  service.close();
});

const get = (path: string, headers: Record<string, string> = {}) =>
  backend.app.inject({ url: `/api/v1${path}`, headers: { ...viewer, ...headers } });

test('what services describe is listed by id, with schema and defaults', async () => {
  const answer = await get('/components');
  expect(answer.statusCode).toBe(200);
  expect(answer.json().items.map((item: { component_id: string }) => item.component_id)).toEqual([
    'ToolService.Count',
    'ToolService.Polish',
  ]);
  expect(answer.json().items[1]).toMatchObject({
    service: 'ToolService',
    method: 'Polish',
    parameters_schema: { properties: { grit: { minimum: 1 } } },
    produces_image: true,
    default_timeout_ms: 30_000,
    availability: 'available',
    labels: { ja: 'Polish', en: 'Polish' },
  });
});

test.each([
  ['?service=ToolService', 2],
  ['?service=Nobody', 0],
  ['?category=other', 2],
  ['?category=filter', 0],
  ['?streamable=true', 0],
])('the list can be narrowed by %s', async (query, count) => {
  expect((await get(`/components${query}`)).json().items).toHaveLength(count);
});

test('one component is read by its id, in the language asked for', async () => {
  const answer = await get('/components/ToolService.Count', { 'accept-language': 'en' });
  expect(answer.json()).toMatchObject({ component_id: 'ToolService.Count', label: 'Count' });
  const unknown = await get('/components/ToolService.Fly', { 'accept-language': 'en' });
  expect(unknown.statusCode).toBe(404);
  expect(unknown.json().detail).toContain('ToolService.Count');
});

test('what has not changed is not sent again', async () => {
  const { etag } = (await get('/components')).headers;
  const again = await get('/components', { 'if-none-match': String(etag) });
  expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag]);
  expect((await get('/components', { 'if-none-match': '"other"' })).statusCode).toBe(200);
});

test('without a sign-in nothing is told', async () => {
  expect((await backend.app.inject({ url: '/api/v1/components' })).statusCode).toBe(401);
});
