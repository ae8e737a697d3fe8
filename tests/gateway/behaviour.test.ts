/** What a gateway does with requests and connections, whoever is behind it. */
import { once } from 'node:events';
import { mkdtempSync, renameSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { isWithout } from '../../scripts/servers/index.ts';
import { authorityOf, type Gateway, type GatewayKind, makeCertificate, startGateway } from './gateways.ts';
import { openUpstream, type Upstream } from './upstream.ts';

const limits = {
  IMAGEFLOW_GATEWAY_LOGINS_PER_MINUTE: '5',
  IMAGEFLOW_GATEWAY_MAX_REQUEST_BYTES: '1000000',
  IMAGEFLOW_GATEWAY_DRAIN_SECONDS: '10',
};

describe.skipIf(isWithout('envoy', 'caddy')).each<GatewayKind>(['envoy', 'caddy'])('%s', (kind) => {
  let gateway: Gateway;
  let upstreams: readonly [Upstream, Upstream];

  beforeAll(async () => {
    upstreams = [await openUpstream(), await openUpstream()];
    gateway = await startGateway(kind, { BACKENDS: upstreams.map(({ authority }) => authority).join(' ') }, limits);
    setDefaultCACertificates([...getCACertificates('default'), authorityOf(gateway)]);
    await vi.waitFor(async () => expect((await get('/livez')).status).toBe(200), { timeout: 10_000 });
  }, 300_000);
  afterEach(() => {
    for (const upstream of upstreams) Object.assign(upstream, { isReady: true, onFirstBytes: () => undefined });
  });
  afterAll(async () => {
    await gateway?.remove();
    await Promise.all((upstreams ?? []).map((upstream) => upstream.close()));
  });

  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${gateway.address}${path}`, { headers });

  test('the upstream is told the one true address, name and protocol of the client', async () => {
    const lies = {
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'evil.example',
      'x-real-ip': '203.0.113.9',
      forwarded: 'for=203.0.113.9',
    };
    const heard = (await (await get('/headers', { ...lies, 'x-forwarded-proto': 'http' })).json()) as Record<string, string>;
    expect(heard).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https', host: gateway.authority });
    expect(JSON.stringify(heard)).not.toMatch(/evil|203\.0\.113/);
  });

  test('an upload is passed on while it comes', async () => {
    const first = new Promise<Buffer>((resolve) => {
      for (const upstream of upstreams) upstream.onFirstBytes = resolve;
    });
    const upload = request(`${gateway.address}/v1/auth/refresh`, { method: 'POST' });
    upload.write('the first bytes');
    expect(String(await first)).toBe('the first bytes');
    upload.end();
    const [response] = await once(upload, 'response');
    response.resume();
    expect(response.statusCode).toBe(200);
  });

  test('a request over the limit is refused with a problem document', async () => {
    const answer = await fetch(`${gateway.address}/v1/auth/refresh`, {
      method: 'POST',
      body: new Uint8Array(1_000_001),
      headers: { 'accept-language': 'en' },
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([413, 'application/problem+json; charset=utf-8']);
    expect(await answer.json()).toMatchObject({ code: 'TOO_LARGE', status: 413 });
    expect((await fetch(`${gateway.address}/v1/auth/refresh`, { method: 'POST', body: new Uint8Array(1_000_000) })).status).toBe(200);
  });

  test('both backends get requests; one that is not ready, or is gone, costs nobody anything', async () => {
    const burst = () => Promise.all(Array.from({ length: 40 }, (_, index) => get(`/page-${index}`).then(({ status }) => status)));
    const counts = () => upstreams.map((upstream) => upstream.requests.length);
    const before = counts();
    expect(new Set(await burst())).toEqual(new Set([200]));
    expect(counts().map((count, index) => count > (before[index] ?? 0))).toEqual([true, true]);
    upstreams[0].isReady = false;
    await vi.waitFor(
      async () => {
        const stale = counts()[0];
        await burst();
        expect(counts()[0]).toBe(stale);
      },
      { timeout: 15_000, interval: 500 },
    );
    await upstreams[0].close();
    expect(new Set(await burst())).toEqual(new Set([200]));
  });

  // Caddy has no such limit of its own: the backend's holds there.
  test.runIf(kind === 'envoy')('sign-ins from one address are limited, with a problem document that says when to come back', async () => {
    const login = () => fetch(`${gateway.address}/v1/auth/login/`, { method: 'POST', body: '{}' });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) statuses.push((await login()).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    const refused = await login();
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('content-language')]).toEqual([429, '60', 'ja']);
    expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED', type: 'https://api.imageflowcanvas.com/errors/rate-limited' });
    expect((await get('/livez')).status).toBe(200);
  });

  test.runIf(kind === 'envoy')('a renewed certificate serves the next connection', async () => {
    const folder = mkdtempSync(join(gateway.folder, 'renewed-'));
    const { certificate, key } = makeCertificate(folder, 'renewed');
    // As renewal programs and mounted secrets do it: never a half-written file in its place.
    renameSync(key, gateway.certificate.key);
    renameSync(certificate, gateway.certificate.certificate);
    await vi.waitFor(async () => expect(await nameOnCertificate(gateway)).toBe('renewed'), { timeout: 5_000, interval: 100 });
  });

  test('a stop lets requests under way end and takes no new connection', async () => {
    setDefaultCACertificates([...getCACertificates('default'), authorityOf(gateway)]);
    const late = get('/slow').then((answer) => answer.text());
    await vi.waitFor(() => expect(upstreams[1].requests).toContain('/slow'), { interval: 10 });
    const stopping = gateway.stop();
    expect(await late).toBe('late');
    await stopping;
    await expect(get('/livez')).rejects.toThrow();
  });
});

async function nameOnCertificate(gateway: Gateway): Promise<string | undefined> {
  const socket = connect({ port: Number(new URL(gateway.address).port), host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return Array.isArray(subject.CN) ? subject.CN[0] : subject.CN;
}
