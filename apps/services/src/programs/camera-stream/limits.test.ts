/** Who may stream, how many, and what becomes of clients and services that stop. */
import { Metadata, status } from '@grpc/grpc-js';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openTestService, type TestService, unary } from '../../testing/service.ts';
import { openProgram as openResize } from '../resize.ts';
import { openStreamService, openTestBackend, pipelineOf, type StreamService, serviceKey, type TestBackend } from './testing.ts';

let backend: TestBackend;
let resize: TestService;
let frame: Buffer;

beforeAll(async () => {
  backend = await openTestBackend();
  resize = await openTestService('resize', openResize);
  backend.instances.set('ResizeService', resize.address);
  const same = { step_id: 'same', component: 'ResizeService.Resize', parameters: { target_width: 1280, target_height: 720 } };
  backend.pipelines.set('same', pipelineOf('same', [same]));
  frame = await sharp('samples/photos/china.jpg').resize(1280, 720, { fit: 'cover' }).jpeg({ quality: 95 }).toBuffer();
});

afterAll(async () => {
  await resize.close();
  backend.close();
});

async function open(settings: Readonly<Record<string, string>>): Promise<StreamService> {
  const service = await openStreamService(backend, settings);
  onTestFinished(() => service.close());
  return service;
}

const first = () => ({ frame_data: frame, metadata: { pipeline_id: 'same' } });

function bearer(token: string, more: Readonly<Record<string, string>> = {}): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  for (const [name, value] of Object.entries(more)) metadata.set(name, value);
  return metadata;
}

test('a service that others reach asks for a token that may stream', async () => {
  const service = await open({ IMAGEFLOW_STREAM_TOKENS: 'required' });
  backend.tokens.add('of-an-inspector');
  const codeOf = async (metadata: Metadata) => {
    const stream = service.open(metadata);
    const answered = await stream.ask(first()).then(
      () => status.OK,
      (error: { code: number }) => error.code,
    );
    stream.call.end();
    return answered;
  };
  expect(await codeOf(new Metadata())).toBe(status.UNAUTHENTICATED);
  expect(await codeOf(bearer('forged'))).toBe(status.UNAUTHENTICATED);
  expect(await codeOf(bearer('of-a-viewer'))).toBe(status.PERMISSION_DENIED);
  expect(await codeOf(bearer('of-an-inspector'))).toBe(status.OK);
  expect(await codeOf(bearer(serviceKey))).toBe(status.OK);
});

test('who comes through a gateway on the same machine needs a token', async () => {
  const service = await open({});
  const metadata = new Metadata();
  metadata.set('x-forwarded-for', '203.0.113.7');
  await expect(service.open(metadata).ask(first())).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
});

test('a wrong token is refused where none is needed', async () => {
  const service = await open({});
  await expect(service.open(bearer('forged')).ask(first())).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
});

test('streams are bounded for each client and in all; a place is free again when a stream ends, however it ends', async () => {
  const service = await open({ IMAGEFLOW_MAX_STREAMS: '3', IMAGEFLOW_MAX_STREAMS_PER_CLIENT: '2' });
  const [one, two] = [service.open(), service.open()];
  await Promise.all([one.ask(first()), two.ask(first())]);
  await expect(service.open().ask(first())).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  const three = service.open(bearer(serviceKey, { 'imageflow-client': 'a-browser' }));
  await three.ask(first());
  await expect(service.open(bearer(serviceKey)).ask(first())).rejects.toMatchObject({ details: expect.stringContaining('3 streams') });
  one.call.cancel();
  two.call.end();
  await two.status;
  three.send({ metadata: { pipeline_id: 'no-such-pipeline' } });
  expect((await three.status).code).toBe(status.NOT_FOUND);
  const again = [service.open(), service.open()];
  await Promise.all(again.map((stream) => expect.poll(() => stream.ask(first()).then(() => true)).toBe(true)));
});

test('a hundred streams that come and go leave nothing', async () => {
  const service = await open({ IMAGEFLOW_MAX_STREAMS: '2' });
  for (let round = 0; round < 100; round++) {
    const stream = service.open();
    // A client of grpc-js that cancels in the moment of opening tells nobody; such a stream ends by its missing first frame.
    await new Promise((resolve) => stream.call.once('metadata', resolve));
    if (round % 10 < 2) await stream.ask(first());
    if (round % 2 === 0) stream.call.end();
    else stream.call.cancel();
    await stream.status;
    await expect.poll(() => connectionsOf(service)).toBe(0);
  }
});

test('a client that does not read its answers loses its stream, and no frame is kept for it', async () => {
  const service = await open({ IMAGEFLOW_STREAM_STALL_MS: '300', IMAGEFLOW_MAX_STREAMS: '1' });
  const stream = service.open();
  await stream.ask(first());
  stream.call.pause();
  const timer = setInterval(() => stream.send({ frame_data: frame }), 10);
  await expect.poll(() => connectionsOf(service), { timeout: 5_000 }).toBe(0);
  clearInterval(timer);
  const next = service.open();
  expect((await next.ask(first())).error).toBeNull();
  stream.call.resume();
  expect((await stream.status).code).toBe(status.RESOURCE_EXHAUSTED);
});

test('a stream without a frame is closed', async () => {
  const service = await open({ IMAGEFLOW_FIRST_FRAME_MS: '50' });
  expect((await service.open().status).code).toBe(status.DEADLINE_EXCEEDED);
});

test('a service that stops answers the frame in work and ends its streams', async () => {
  const service = await openStreamService(backend);
  const stream = service.open();
  await stream.ask(first());
  expect(await connectionsOf(service)).toBe(1);
  const last = stream.ask({ frame_data: frame }).catch(() => undefined);
  await service.close();
  await last;
  expect((await stream.status).code).toBe(status.UNAVAILABLE);
});

test('a pipeline whose service is away ends the stream and names it', async () => {
  const service = await open({});
  backend.pipelines.set('elsewhere', pipelineOf('elsewhere', [{ step_id: 'one', component: 'AbsentService.Do' }]));
  const stream = service.open();
  await expect(stream.ask({ frame_data: frame, metadata: { pipeline_id: 'elsewhere' } })).rejects.toMatchObject({
    code: status.UNAVAILABLE,
    details: expect.stringContaining('AbsentService'),
  });
});

async function connectionsOf({ processor }: StreamService): Promise<number> {
  const report = await unary<{ connections: number }>((metadata, options, done) => processor.HealthCheck({}, metadata, options, done));
  return report.connections;
}
