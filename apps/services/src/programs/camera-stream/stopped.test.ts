/** A service behind the stream stands still for some seconds, as a process does that swaps, is debugged or stopped. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStreamService, openTestBackend, pipelineOf, type StreamService, type TestBackend } from './testing.ts';

let backend: TestBackend;
let service: StreamService;
let detection: ChildProcess;
let folder: string;
let frame: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-stopped-'));
  backend = await openTestBackend();
  detection = fork(join(import.meta.dirname, '../../main.ts'), ['ai-detection'], {
    env: { ...process.env, IMAGEFLOW_DATA_DIR: folder, IMAGEFLOW_LISTEN: '127.0.0.1:0', IMAGEFLOW_LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [ready] = (await once(detection, 'message')) as [{ port: number }];
  backend.instances.set('AIDetectionService', `127.0.0.1:${ready.port}`);
  backend.pipelines.set('defects', pipelineOf('defects', [{ step_id: 'detect', component: 'AIDetectionService.DetectDefects' }]));
  service = await openStreamService(backend, { IMAGEFLOW_FRAME_TIMEOUT_MS: '300' });
  frame = await sharp({ create: { width: 640, height: 360, channels: 3, background: 'grey' } })
    .jpeg()
    .toBuffer();
});

afterAll(async () => {
  detection.kill('SIGKILL');
  await service.close();
  backend.close();
  await rm(folder, { recursive: true, force: true });
});

test('frames get the error meanwhile, the stream stays, and two seconds after it goes on all is as before', async () => {
  const stream = service.open();
  const seen: { readonly at: number; readonly totalMs: number; readonly error: string | undefined }[] = [];
  stream.call.on('data', ({ error, processing_stats }) => {
    seen.push({ at: performance.now(), totalMs: Number(processing_stats.total_ms), error: error?.code });
  });
  const camera = setInterval(() => stream.send({ frame_data: frame, metadata: { pipeline_id: 'defects' } }), 33);
  await expect.poll(() => seen.length, { timeout: 5_000 }).toBeGreaterThan(5);
  detection.kill('SIGSTOP');
  // Long enough for two unanswered health checks: the instance is lost by then.
  await expect.poll(() => seen.at(-1)?.error, { timeout: 9_000 }).toBe('AI_SERVICE_UNAVAILABLE');
  detection.kill('SIGCONT');
  const goesOnAt = performance.now();
  const isGood = () => seen.at(-1)?.error === undefined;
  await expect.poll(isGood, { timeout: 5_000 }).toBe(true);
  expect(performance.now() - goesOnAt).toBeLessThan(2_000);
  const before = seen.length;
  await expect.poll(() => seen.length, { timeout: 5_000 }).toBeGreaterThan(before + 10);
  clearInterval(camera);
  stream.call.end();
  const after = seen.slice(before);
  expect(after.filter(({ error }) => error !== undefined)).toEqual([]);
  // No heap of old frames is worked through: nobody waits longer than a time-out.
  expect(Math.max(...after.map(({ totalMs }) => totalMs))).toBeLessThan(300);
}, 30_000);
