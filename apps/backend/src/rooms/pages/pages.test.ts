import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';

const script = 'console.log("a page");\n'.repeat(100);
let folder: string;
let backend: TestBackend;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-pages-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><meta name="nonce" content="%NONCE%">');
  await writeFile(join(folder, 'assets/index-1.js'), script);
  await writeFile(join(folder, 'assets/index-1.js.gz'), gzipSync(script));
  backend = await openTestBackend({ env: { IMAGEFLOW_WEB_DIR: folder } });
});
afterAll(async () => {
  await backend?.close();
  await rm(folder, { recursive: true, force: true });
});

test('every address of the pages is the page, with a nonce of its own answer', async () => {
  const answers = await Promise.all(['/', '/runs/1?tab=log', '/admin/users'].map((url) => backend.app.inject({ url })));
  const nonces = answers.map(({ body }) => /content="([^"%]+)"/.exec(body)?.[1]);
  expect(new Set(nonces).size).toBe(3);
  for (const [at, answer] of answers.entries()) {
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-security-policy']).toContain(`style-src 'self' 'nonce-${nonces[at]}'`);
    expect(answer.headers['content-security-policy']).not.toContain('unsafe');
    expect(answer.headers['cache-control']).toBe('no-store');
  }
});

test('files are sent compressed to those who can read it, and never asked for again', async () => {
  const plain = await backend.app.inject({ url: '/assets/index-1.js' });
  const packed = await backend.app.inject({ url: '/assets/index-1.js', headers: { 'accept-encoding': 'gzip, br' } });
  const refused = await backend.app.inject({ url: '/assets/index-1.js', headers: { 'accept-encoding': 'gzip;q=0' } });
  expect(plain.body).toBe(script);
  expect(plain.headers['cache-control']).toContain('immutable');
  expect(packed.headers['content-encoding']).toBe('gzip');
  expect(packed.rawPayload.length).toBeLessThan(script.length / 4);
  expect(refused.headers['content-encoding']).toBeUndefined();
});

test('the API stays what it was: unknown addresses are problems, and the page about the server has its own address', async () => {
  const unknown = await backend.app.inject({ url: '/api/v1/nothing' });
  expect(unknown.headers['content-type']).toContain('application/problem+json');
  expect((await backend.app.inject({ url: '/assets/../index.html' })).statusCode).toBe(404);
  expect((await backend.app.inject({ url: '/server' })).body).toContain('/api/docs');
});
