import { chmod, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestClock, openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { openTestService, type TestService } from '../../testing/service.ts';

const clock = createTestClock();
let service: TestService;
let backend: TestBackend;

beforeAll(async () => {
  service = await openTestService('ResizeService', [{ method: 'Resize', parameters: { type: 'object' } }]);
  backend = await openTestBackend({ platform: { clock }, env: { IMAGEFLOW_SERVICES: service.setting } });
});
afterAll(async () => {
  await backend.close();
  service.close();
});
// Past what a health answer is kept for.
beforeEach(() => clock.advance(3000));

const get = (url: string, headers: Record<string, string> = {}) => backend.app.inject({ url, headers });

describe('health', () => {
  test('says how every part is', async () => {
    const answer = await get('/api/v1/health');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      status: 'healthy',
      timezone: 'Asia/Tokyo',
      dependencies: [
        { name: 'database', kind: 'pglite', status: 'healthy', required: true },
        { name: 'objects', kind: 'folder', status: 'healthy', required: true },
        { name: 'bus', kind: 'embedded', status: 'healthy', required: false },
        { name: 'ResizeService', kind: 'grpc', status: 'healthy', required: false },
      ],
    });
  });

  test('a required part that is down makes it unhealthy and not ready, and its return makes it healthy again', async () => {
    const folder = join(backend.config.dataDir, 'objects');
    await rename(folder, `${folder}-away`);
    const answer = await get('/api/v1/health');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ status: 'unhealthy' });
    expect((await get('/readyz')).statusCode).toBe(503);
    expect((await get('/livez')).statusCode).toBe(200);
    await rename(`${folder}-away`, folder);
    await chmod(folder, 0o700);
    clock.advance(3000);
    expect((await get('/api/v1/health')).json().status).toBe('healthy');
    expect((await get('/readyz')).json()).toEqual({ status: 'healthy' });
  });
});

describe('metrics', () => {
  test('count requests by route, never by address', async () => {
    await get('/api/v1/pipelines/a-name-of-a-pipeline');
    await get('/nothing/here');
    const { body, headers } = await get('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(body).toContain('imageflow_http_request_duration_seconds_count{method="GET",route="/api/v1/pipelines/:id",status="401"}');
    expect(body).toContain('route="unknown",status="404"');
    expect(body).not.toContain('a-name-of-a-pipeline');
    expect(body).toContain('imageflow_process_resident_memory_bytes');
    expect(body).toContain('imageflow_websocket_connections 0');
  });

  test('show the instances of the pool', async () => {
    const { body } = await get('/metrics');
    expect(body).toContain('imageflow_instances{service="ResizeService",status="active"} 1');
    expect(body).toContain('imageflow_instances{service="ResizeService",status="unavailable"} 0');
    expect(body).toContain('imageflow_instance_breaker_level{service="ResizeService",instance="resize-1"} 0');
    expect(body).not.toContain('imageflow_instance_response_time_p95_seconds{');
  });
});

describe('pages', () => {
  test.each([
    ['/', 'ja', 'パイプライン'],
    ['/?lang=en', 'en', 'platform'],
  ])('%s greets in %s', async (url, language, text) => {
    const { body, headers } = await get(url);
    expect(headers['content-type']).toContain('text/html');
    expect(body).toContain(`<html lang="${language}">`);
    expect(body).toContain(text);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(body).not.toContain('<script');
  });

  test('the host of a request is not taken for markup', async () => {
    const { body } = await get('/', { host: '"><script>alert(1)</script>' });
    expect(body).not.toContain('<script>alert');
  });

  test('the reference comes whole from this server', async () => {
    const page = await get('/api/docs');
    expect(page.body).toContain('/api/v1/openapi.json');
    expect(page.body).not.toMatch(/(src|href)="https?:/);
    const script = await get('/api/docs/js/scalar.js');
    expect(script.headers['content-encoding']).toBe('gzip');
    expect(script.rawPayload.length).toBeGreaterThan(100_000);
  });

  test.each([
    ['/api/v1/openapi.json', 'openapi', /^3\.1/],
    ['/api/v1/asyncapi.json', 'asyncapi', /^3/],
  ])('%s is there for programs', async (url, member, version) => {
    const answer = await get(url);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toContain('application/json');
    expect(answer.json()[member]).toMatch(version);
  });
});
