/** Cameras, services and readers that do not do what they should: real ffmpeg, a real RTSP server. Longer: `npm run test:streams`. */
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type CameraOptions, isWithout, startCamera } from '../../scripts/servers/index.ts';
import { openStreamLab, type Received, type StreamLab } from './lab.ts';
import { openRest } from './rest.ts';
import { ffmpegsOf, makeVideo } from './videos.ts';

const line = { kind: 'file', path: 'line.mp4', loop: true };

describe.skipIf(isWithout('camera'))('faults', () => {
  let lab: StreamLab;
  const { call, add, until } = openRest(() => lab);

  beforeAll(async () => {
    lab = await openStreamLab();
    const videos = lab.backend.config.video.folder;
    await mkdir(videos, { recursive: true });
    await makeVideo(join(videos, 'line.mp4'), 2);
  });
  afterEach(() => lab.disconnect());
  afterAll(() => lab?.close());

  async function startOwnCamera(options: CameraOptions = {}) {
    const camera = await startCamera(options);
    onTestFinished(() => camera.remove());
    return camera;
  }

  test('a camera that takes the connection and says nothing: named; it can be stopped at any time, and no process stays', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const url = `rtsp://127.0.0.1:${(silent.address() as AddressInfo).port}/cam`;
    const id = await add('silent', { kind: 'rtsp', url });
    await expect.poll(() => sockets.size, { timeout: 10_000 }).toBeGreaterThan(0);
    for (const isWaiting of [false, true]) {
      if (isWaiting) {
        await call('POST', `/${id}/start`);
        expect((await until(id, ({ state }) => state === 'waiting')).error?.code).toBe('CAMERA_UNREACHABLE');
      }
      const askedAt = performance.now();
      expect((await call('POST', `/${id}/stop`)).body.status.state).toBe('stopped');
      expect(performance.now() - askedAt).toBeLessThan(2_000);
      expect(await ffmpegsOf(process.pid)).toEqual([]);
    }
  });

  test('a camera that stands still without closing: noticed, and live again when it moves, with one process', async () => {
    const camera = await startOwnCamera();
    const id = await add('still', { kind: 'rtsp', url: camera.url });
    await until(id, ({ state }) => state === 'running');
    camera.pause();
    const pausedAt = performance.now();
    const { error } = await until(id, ({ state }) => state !== 'running');
    expect(error?.code).toBe('CAMERA_UNREACHABLE');
    // ffmpeg gives up after 4 s, and then says good-bye for another 4 s to a camera that does not answer.
    expect(performance.now() - pausedAt).toBeLessThan(10_000);
    camera.resume();
    await until(id, ({ state, figures }) => state === 'running' && (figures?.fps_out ?? 0) > 5);
    expect(await ffmpegsOf(process.pid)).toHaveLength(1);
  });

  test('a camera that drops again and again is tried again as soon the second time as the first', async () => {
    const camera = await startOwnCamera({ dropSeconds: 7 });
    const id = await add('drops', { kind: 'rtsp', url: camera.url });
    const delays: number[] = [];
    for (let drops = 0; drops < 2; drops += 1) {
      await until(id, ({ state, reconnects }) => state === 'running' && reconnects === drops);
      const { since, next_try_at } = await until(id, ({ state }) => state === 'waiting');
      delays.push(Date.parse(next_try_at ?? '') - Date.parse(since ?? ''));
    }
    await until(id, ({ state }) => state === 'running');
    for (const delay of delays) expect(delay).toBeLessThan(600);
    expect(await ffmpegsOf(process.pid)).toHaveLength(1);
  });

  test('a pipeline that is slower than the camera: latency does not grow, and the frames it leaves out are counted', async () => {
    const steps = Array.from({ length: 12 }, (_, index) => ({
      step_id: `detect${index}`,
      service: 'AIDetectionService',
      method: 'DetectDefects',
      depends_on: index === 0 ? [] : [`detect${index - 1}`],
    }));
    const payload = { pipeline_id: 'live-slow', name: 'Slow', version: '1.0.0', steps };
    expect((await lab.backend.app.inject({ method: 'POST', url: '/api/v1/pipelines', headers: lab.headers, payload })).statusCode).toBe(
      201,
    );
    const id = await add('slow', line, { pipeline_id: 'live-slow' });
    await until(id, ({ figures }) => (figures?.answered ?? 0) > 5);
    const viewer = await lab.connect(`?stream=${id}`);
    const seconds: Extract<Received, { type: 'stream_stats' }>[] = [];
    while (seconds.length < 8) seconds.push(await viewer.next('stream_stats'));
    for (const { fps_in, fps_out, latency_p50_ms, latency_p95_ms, waiting, received, answered, dropped } of seconds) {
      expect(fps_out).toBeLessThan(fps_in);
      // The frame in work, and one that came while it began: two frame times. The 95th of a hundred is here the slowest of four.
      expect(latency_p50_ms).toBeLessThan(3 * (1000 / fps_out));
      expect(latency_p95_ms).toBeLessThan(6 * (1000 / fps_out));
      expect(waiting).toBeLessThanOrEqual(2);
      expect([0, 1]).toContain(received - answered - dropped - waiting);
    }
    expect(seconds.at(-1)?.dropped).toBeGreaterThan(10);
  });

  test('an AI service that stands still: frames say so, none pile up, and it is live again within two seconds', async () => {
    const id = await add('stall', line, { pipeline_id: 'live-defects' });
    const viewer = await lab.connect(`?stream=${id}`);
    await viewer.next('stream_stats', ({ fps_out }) => fps_out > 5);
    lab.service('ai-detection').kill('SIGSTOP');
    try {
      await viewer.next('processed_frame', ({ error }) => error !== undefined);
      await pause(5_000);
      expect((await call('GET', `/${id}/status`)).body.figures.waiting).toBeLessThanOrEqual(2);
    } finally {
      lab.service('ai-detection').kill('SIGCONT');
    }
    await pause(2_000);
    const before = viewer.received.length;
    await viewer.next('stream_stats', ({ sequence }) => sequence > (viewer.received[before - 1]?.sequence ?? 0) + 15);
    const after = viewer.received.slice(before).filter((message) => message.type === 'processed_frame');
    expect(after.length).toBeGreaterThan(5);
    for (const { error, processing_time_ms } of after) {
      expect(error).toBeUndefined();
      expect(processing_time_ms).toBeLessThan(500);
    }
  });

  test('who watches and stops reading is closed with 1013; the stream and the others go on', async () => {
    const large = { small: { target_width: 1920, target_height: 1080 } };
    const id = await add('watched', line, { parameters: large });
    const [stopped, other] = [await lab.connect(`?stream=${id}`), await lab.connect(`?stream=${id}`)];
    await stopped.next('processed_frame');
    await lab.stopReading(stopped);
    expect(await stopped.closed()).toEqual({ code: 1013, reason: 'SLOW_READER' });
    const before = other.received.at(-1)?.sequence ?? 0;
    await other.next('stream_stats', ({ sequence, fps_out }) => sequence > before && fps_out > 0);
    await other.next('processed_frame', ({ sequence }) => sequence > before);
    expect(other.socket.readyState).toBe(other.socket.OPEN);
  });
});
