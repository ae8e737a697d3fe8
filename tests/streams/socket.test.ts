/** /ws/camera-stream, whole: browser's messages → backend → CameraStreamService → detector. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { openStreamLab, type StreamLab } from './lab.ts';

let lab: StreamLab;
let frame: Buffer;

beforeAll(async () => {
  lab = await openStreamLab();
  frame = await sharp(await readFile(join(import.meta.dirname, '../../samples/photos/china.jpg')))
    .resize(640, 360, { fit: 'cover' })
    .jpeg()
    .toBuffer();
});
afterAll(() => lab?.close());

const frameMessage = (more: object = {}) => ({
  type: 'video_frame',
  frame_data: frame.toString('base64'),
  timestamp_ms: 1_234_567_890,
  source_id: 'cam-001',
  pipeline_id: 'live-small',
  ...more,
});

test('the message of the design, sent at once after opening, is answered with the image in base64', async () => {
  const viewer = await lab.connect();
  viewer.send(frameMessage({ frame_id: 42 }));
  const snapshot = await viewer.next('snapshot');
  expect(snapshot).toMatchObject({ sequence: 1, state: 'idle', form: 'json' });
  const answer = await viewer.next('processed_frame');
  expect(answer).toMatchObject({
    frame_id: 42,
    timestamp_ms: 1_234_567_890,
    source_id: 'cam-001',
    pipeline_id: 'live-small',
    pipeline_version: 1,
  });
  expect(answer).toMatchObject({ frame_width: 640, frame_height: 360, content_type: 'image/jpeg', detections: [] });
  const { width, height } = await sharp(Buffer.from(answer.processed_data ?? '', 'base64')).metadata();
  expect([width, height]).toEqual([320, 180]);
  const stats = await viewer.next('stream_stats');
  expect(stats).toMatchObject({ received: 1, answered: 1, failed: 0, dropped: 0, unsent: 0 });
});

test.each(['/api/v1/camera-stream', '/v1/camera-stream'])(
  '%s is the same, and binary messages carry the image without base64',
  async (path) => {
    const viewer = await lab.connect('', { path, protocols: ['other', 'imageflow.binary.v1'] });
    expect(viewer.socket.protocol).toBe('imageflow.binary.v1');
    viewer.sendBinary({ type: 'video_frame', pipeline_id: 'live-small', frame_id: 7, source_id: 'カメラ１' }, frame);
    const answer = await viewer.next('processed_frame');
    expect(answer).toMatchObject({ frame_id: 7, source_id: 'カメラ１' });
    expect(answer.processed_data).toBeUndefined();
    expect((await sharp(answer.image).metadata()).width).toBe(320);
  },
);

test('a browser comes with a ticket', async () => {
  const answer = await lab.backend.app.inject({ method: 'POST', url: '/api/v1/ws-tickets', headers: lab.headers });
  const viewer = await lab.connect(`?ticket=${answer.json().ticket}`, { headers: {} });
  viewer.send(frameMessage());
  expect((await viewer.next('processed_frame')).error).toBeUndefined();
});

test('who may not stream is refused before the connection stands', async () => {
  const refused = async (headers: Readonly<Record<string, string>>) => {
    const socket = new WebSocket(`${lab.address.replace('http', 'ws')}/ws/camera-stream`, { headers });
    return new Promise((resolve) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
    });
  };
  expect(await refused({})).toBe(401);
  expect(await refused(await lab.backend.login('viewer'))).toBe(403);
});

test('pipeline and parameters change while it runs; pause drops and counts; stop and start again', async () => {
  const viewer = await lab.connect();
  viewer.send(frameMessage());
  await viewer.next('processed_frame');
  viewer.send({ type: 'config', parameters: { small: { target_width: 64, target_height: 36 } } });
  viewer.send(frameMessage());
  const small = await viewer.next('processed_frame');
  expect((await sharp(Buffer.from(small.processed_data ?? '', 'base64')).metadata()).width).toBe(64);
  viewer.send({ type: 'config', pipeline_id: 'live-defects', parameters: {} });
  viewer.send({ ...frameMessage(), pipeline_id: undefined });
  expect(await viewer.next('processed_frame')).toMatchObject({ pipeline_id: 'live-defects' });
  viewer.send({ type: 'pause' });
  await viewer.next('stream_state', ({ state }) => state === 'paused');
  viewer.send({ ...frameMessage(), pipeline_id: undefined, parameters: undefined });
  await viewer.next('stream_stats', ({ dropped }) => dropped === 1);
  viewer.send({ type: 'resume' });
  await viewer.next('stream_state', ({ state }) => state === 'running');
  viewer.send({ type: 'stop' });
  await viewer.next('stream_state', ({ state }) => state === 'stopped');
  viewer.send({ type: 'start', pipeline_id: 'live-small' });
  viewer.send(frameMessage({ frame_id: 99 }));
  expect(await viewer.next('processed_frame')).toMatchObject({ frame_id: 99, pipeline_id: 'live-small' });
});

test('faults are named, and the connection goes on', async () => {
  const viewer = await lab.connect('?lang=en');
  viewer.socket.send('{"type":');
  expect((await viewer.next('error')).error.code).toBe('MALFORMED_BODY');
  viewer.send({ type: 'video_frame', pipeline_id: 'live-small' });
  expect((await viewer.next('error')).error).toMatchObject({ code: 'VALIDATION_ERROR', message: expect.stringContaining('frame_data') });
  viewer.send({ ...frameMessage(), pipeline_id: undefined });
  expect((await viewer.next('error')).error.message).toContain('pipeline_id');
  viewer.send({ type: 'start', pipeline_id: 'there-is-none' });
  expect((await viewer.next('error')).error.code).toBe('NOT_FOUND');
  await viewer.next('stream_state', ({ state }) => state === 'failed');
  viewer.send(frameMessage({ frame_data: Buffer.from('garbage that is no image at all').toString('base64') }));
  expect((await viewer.next('processed_frame')).error?.code).toBe('UNSUPPORTED_MEDIA');
  viewer.send(frameMessage());
  expect((await viewer.next('processed_frame')).error).toBeUndefined();
});

test('frames faster than the pipeline: the newest wins, every frame is answered or counted', async () => {
  const viewer = await lab.connect();
  const count = 60;
  for (let index = 1; index <= count; index++) viewer.send(frameMessage({ frame_id: index, pipeline_id: 'live-defects' }));
  const last = await viewer.next('processed_frame', ({ frame_id }) => frame_id === count);
  expect(last.error).toBeUndefined();
  const stats = await viewer.next('stream_stats', ({ received, answered, dropped }) => received === count && answered + dropped === count);
  expect(stats.waiting).toBe(0);
  const ids = viewer.received.flatMap((message) => (message.type === 'processed_frame' ? [message.frame_id] : []));
  expect(ids).toEqual([...ids].sort((one, other) => one - other));
});

test('a message that is too large ends the connection before its bytes are read', async () => {
  const viewer = await lab.connect();
  viewer.socket.send(Buffer.alloc(17 * 1024 * 1024));
  expect((await viewer.closed()).code).toBe(1009);
});

test('a reader that stops is slowed, then closed with 1013', async () => {
  const viewer = await lab.connect();
  const large = await sharp({
    create: { width: 1280, height: 720, channels: 3, background: 'grey', noise: { type: 'gaussian', mean: 128, sigma: 60 } },
  })
    .jpeg({ quality: 95 })
    .toBuffer();
  viewer.send({ type: 'start', pipeline_id: 'live-small', parameters: { small: { target_width: 1280, target_height: 720 } } });
  const send = setInterval(() => viewer.send({ type: 'video_frame', frame_data: large.toString('base64') }), 30);
  await viewer.next('processed_frame');
  viewer.socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 9_000));
  viewer.socket.resume();
  clearInterval(send);
  expect((await viewer.closed()).code).toBe(1013);
  expect(viewer.received.filter(({ type }) => type === 'processed_frame').length).toBeLessThan(100);
});
