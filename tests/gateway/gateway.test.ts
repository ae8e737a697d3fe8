/** Both gateways as they are shipped, in front of the whole platform: what a client sees on the one TLS port. */
import { once } from 'node:events';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { type Client, createClient, followExecution } from '@imageflow/client';
import { authRoutes, type ExecutionMessage, executionRoutes, fileRoutes, userRoutes } from '@imageflow/contract';
import type { DetectionResponse__Output, ResizeResponse__Output } from '@imageflow/grpc';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWithout } from '../../scripts/servers/index.ts';
import { formOf, readSample } from '../e2e/images.ts';
import { adminPassword } from '../e2e/platform.ts';
import { bearer, type GrpcCalls, listServices, openCalls, openVideo, statusOf, unary } from './calls.ts';
import { authorityOf, type Gateway, type GatewayKind, startGateway } from './gateways.ts';
import { type GatewayPlatform, openGatewayPlatform } from './platform.ts';

let behind: GatewayPlatform;
const tokens = { engineer: '', viewer: '' };

beforeAll(async () => {
  behind = await openGatewayPlatform();
  const admin = await behind.platform.client('admin');
  for (const role of ['engineer', 'viewer'] as const) {
    const username = `${role}-at-the-gateway`;
    await admin.call(userRoutes.createUser, { body: { username, role, password: adminPassword } });
    const grant = await admin.call(authRoutes.login, { body: { username, password: adminPassword } });
    tokens[role] = grant.access_token;
  }
}, 120_000);
afterAll(() => behind?.close());

describe.skipIf(isWithout('envoy', 'caddy')).each<GatewayKind>(['envoy', 'caddy'])('through %s', (kind) => {
  let gateway: Gateway;
  let calls: GrpcCalls;
  let client: Client;

  beforeAll(async () => {
    gateway = await startGateway(kind, behind.targets);
    setDefaultCACertificates([...getCACertificates('default'), authorityOf(gateway)]);
    calls = openCalls(gateway);
    client = createClient({ baseUrl: gateway.address, language: 'en', timeoutMs: 60_000 });
    await client.login('engineer-at-the-gateway', adminPassword);
  }, 300_000);
  afterAll(async () => {
    calls?.close();
    await gateway?.remove();
  });

  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${gateway.address}${path}`, { headers, redirect: 'manual' });
  const withToken = {
    get authorization() {
      return `Bearer ${tokens.engineer}`;
    },
  };

  test('REST answers over HTTP/1.1 and HTTP/2, under /api/v1 and under /v1 of any host name', async () => {
    for (const prefix of ['/api/v1', '/v1'])
      expect((await get(`${prefix}/pipelines`, { ...withToken, host: 'api.imageflowcanvas.com' })).status).toBe(200);
    const headers = await getOverHttp2(gateway, { ':path': '/v1/pipelines', ...withToken });
    expect(headers).toMatchObject({ ':status': 200, 'content-type': 'application/json; charset=utf-8' });
  });

  test('without a token, or with a forged one, a problem document says so; what is public is open', async () => {
    const [head, body] = tokens.engineer.split('.');
    for (const headers of [{}, { authorization: `Bearer ${head}.${body}.AAAA` }]) {
      const answer = await get('/api/v1/pipelines', { ...headers, 'accept-language': 'en' });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'application/problem+json; charset=utf-8']);
      expect(await answer.json()).toMatchObject({ code: 'UNAUTHENTICATED', title: 'Sign in first', instance: '/api/v1/pipelines' });
    }
    const publicPaths = ['/livez', '/readyz', '/', '/api/docs', '/api/v1/health', '/api/v1/openapi.json', '/.well-known/jwks.json'];
    expect(await Promise.all(publicPaths.map(async (path) => [path, (await get(path)).status]))).toEqual(
      publicPaths.map((path) => [path, 200]),
    );
    expect((await get('/metrics')).status).toBe(404);
  });

  test('answers carry what browsers need to be safe; plain HTTP leads to TLS', async () => {
    for (const answer of [await get('/api/v1/health'), await get('/metrics')]) {
      expect(answer.headers.get('strict-transport-security')).toMatch(/max-age=31536000/);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('server')).toBeNull();
    }
    const plain = await fetch(`${gateway.plainAddress}/api/docs?a=1`, { redirect: 'manual' });
    expect([301, 308]).toContain(plain.status);
    expect(plain.headers.get('location')).toMatch(/^https:\/\/.*\/api\/docs\?a=1$/);
  });

  test('an upload of 30 MB arrives whole and comes back whole', async () => {
    const image = await noiseOf(30_000_000);
    expect(image.length).toBeGreaterThan(28_000_000);
    const form = new FormData();
    form.append('files', new Blob([image]), 'noise.png');
    const { items } = await client.call(fileRoutes.uploadFiles, { form });
    expect(items.map(({ size_bytes }) => size_bytes)).toEqual([image.length]);
    const back = await get(`/api/v1/files/${items[0]?.file_id}/download`, withToken);
    expect(Buffer.from(await back.arrayBuffer()).equals(image)).toBe(true);
  });

  test('progress comes over the WebSocket that a ticket opens; without one it stays closed', async () => {
    const form = formOf({ pipeline_id: 'quality-inspection-v1' }, [['plate.png', await readSample('defects/4000_0001.png')]]);
    const { execution_id } = await client.call(executionRoutes.createExecution, { form });
    const messages: ExecutionMessage[] = [];
    for await (const message of followExecution(client, execution_id)) messages.push(message);
    expect(messages[0]?.type).toBe('snapshot');
    expect(messages.at(-1)).toMatchObject({ type: 'completed', execution_id });
    const socket = new WebSocket(`wss://${gateway.authority}/ws/execution/${execution_id}`);
    const first = await Promise.race([once(socket, 'error'), once(socket, 'message'), once(socket, 'close')]);
    expect(first[0]?.data === undefined || String(first[0].data).includes('UNAUTHENTICATED')).toBe(true);
    socket.close();
  });

  test('typed gRPC calls reach their services, with a token only', async () => {
    const [bytes, metadata] = [await readSample('photos/chelsea.png'), bearer(tokens.engineer)];
    const request = { input_bytes: { data: Buffer.from(bytes), format: 'png' }, target_width: 100, target_height: 0 };
    const resized = await unary<ResizeResponse__Output>((done) => calls.services.resize.Resize(request, metadata, done));
    expect((await sharp(resized.result?.output_data).metadata()).width).toBe(100);
    const found = await unary<DetectionResponse__Output>((done) =>
      calls.services.detection.Detect({ input_bytes: request.input_bytes }, metadata, done),
    );
    expect(found.detections.map(({ class_name }) => class_name)).toContain('cat');
    expect(await statusOf(unary((done) => calls.services.resize.Resize(request, done)))).toBe('UNAUTHENTICATED');
    const forged = bearer(`${tokens.engineer.slice(0, -8)}AAAAAAAA`);
    expect(await statusOf(unary((done) => calls.services.resize.Resize(request, forged, done)))).toBe('UNAUTHENTICATED');
    // Caddy cannot read roles; a viewer's call costs time, and shows and changes nothing.
    const viewer = bearer(tokens.viewer);
    if (kind === 'envoy')
      expect(await statusOf(unary((done) => calls.services.resize.Resize(request, viewer, done)))).toBe('PERMISSION_DENIED');
  });

  test('what is for the inside stays closed, also to those who have signed in', async () => {
    const metadata = bearer(tokens.engineer);
    const closed = [
      ['ProcessorService/Process', 'UNIMPLEMENTED'],
      ['RegistryService/Register', 'UNIMPLEMENTED'],
      ['PipelineRegistryService/ListInstances', 'UNIMPLEMENTED'],
      ['StreamRelayService/WatchStream', 'UNIMPLEMENTED'],
      ['AIDetectionService/AddModel', 'PERMISSION_DENIED'],
      ['AIDetectionService/RemoveModel', 'PERMISSION_DENIED'],
    ];
    const statuses = await Promise.all(
      closed.map(async ([method]) => [method, await statusOf(calls.call(`/imageflow.v1.${method}`, Buffer.alloc(0), metadata))]),
    );
    expect(statuses).toEqual(closed);
  });

  test('health and reflection', async () => {
    const serving = Buffer.from([8, 1]);
    expect(await calls.call('/grpc.health.v1.Health/Check')).toEqual(serving);
    const stream = calls.reflect(bearer(tokens.engineer));
    for (const service of ['RegistryService', 'RegistryService']) {
      stream.write(listServices);
      const [answer] = (await once(stream, 'data')) as [Buffer];
      expect(answer.toString()).toContain(`imageflow.v1.${service}`);
    }
    stream.end();
    stream.resume();
    await once(stream, 'end');
    if (kind === 'caddy') return;
    const ofResize = bearer(tokens.engineer, { 'imageflow-service': 'ResizeService' });
    expect(await calls.call('/grpc.health.v1.Health/Check', Buffer.alloc(0), ofResize)).toEqual(serving);
    const other = calls.reflect(ofResize);
    other.write(listServices);
    expect(String((await once(other, 'data'))[0])).toContain('imageflow.v1.ResizeService');
    other.cancel();
    await once(other, 'error');
  });

  test('video streams in both directions at once', async () => {
    const jpeg = await sharp(await readSample('photos/chelsea.png'))
      .jpeg()
      .toBuffer();
    const video = openVideo(calls, bearer(tokens.engineer));
    for (let frame = 1; frame <= 5; frame += 1) {
      const answer = await video.answer({ frame_data: jpeg, frame_id: frame, metadata: { pipeline_id: 'coco-detection', output: 'none' } });
      expect([answer.frame_id, answer.error]).toEqual([frame, null]);
      expect(answer.detections.map(({ class_name }) => class_name)).toContain('cat');
    }
    await video.end();
    const refused = openVideo(calls, bearer('no-token'));
    await expect(refused.answer({ frame_data: jpeg, metadata: { pipeline_id: 'coco-detection' } })).rejects.toMatchObject({ code: 16 });
  });
});

function getOverHttp2(gateway: Gateway, headers: Record<string, string>): Promise<IncomingHttpHeaders> {
  const session = connect(gateway.address, { ca: authorityOf(gateway) });
  const request = session.request(headers);
  return new Promise((resolve, reject) => {
    request.once('error', reject).once('response', resolve);
    request.once('end', () => session.close()).resume();
  });
}

/** A PNG of about so many bytes: noise does not get smaller. */
async function noiseOf(bytes: number): Promise<Buffer<ArrayBuffer>> {
  const side = Math.round(Math.sqrt(bytes / 3));
  const pixels = Buffer.alloc(side * side * 3);
  for (let at = 0; at < pixels.length; at += 65536) crypto.getRandomValues(pixels.subarray(at, Math.min(at + 65536, pixels.length)));
  return Buffer.from(
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .png({ compressionLevel: 0 })
      .toBuffer(),
  );
}
