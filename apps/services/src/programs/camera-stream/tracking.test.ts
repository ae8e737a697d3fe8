/** Objects that move through the video, from the pixels to the counts. */
import type { ProcessedFrame__Output } from '@imageflow/grpc';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestService, type TestService, unary } from '../../testing/service.ts';
import { openProgram as openDetection } from '../ai-detection.ts';
import { openProgram as openFilter } from '../filter.ts';
import { openProgram as openResize } from '../resize.ts';
import { openStreamService, openTestBackend, pipelineOf, type StreamService, type TestBackend } from './testing.ts';

const frameMs = 1000 / 30;
let backend: TestBackend;
let behind: TestService[];
let service: StreamService;
let surface: Buffer;

const resize = { step_id: 'resize', component: 'ResizeService.Resize', parameters: { target_width: 640, target_height: 640 } };
const detect = { step_id: 'detect', component: 'AIDetectionService.DetectDefects', depends_on: ['resize'] };
const track = { step_id: 'track', component: 'CameraStreamService.Track', depends_on: ['detect'] };
/** Frames are 960 × 480, the surface is 480 wide: its defects go from the left to the right through x = 480. */
const lines = {
  step_id: 'lines',
  component: 'CameraStreamService.CountLines',
  depends_on: ['track'],
  parameters: { lines: [{ name: 'middle', from: [480, 480], to: [480, 0] }] },
};
const zones = {
  step_id: 'zones',
  component: 'CameraStreamService.CountZones',
  depends_on: ['track'],
  parameters: {
    zones: [
      {
        name: 'all',
        points: [
          [0, 0],
          [960, 0],
          [960, 480],
          [0, 480],
        ],
      },
    ],
  },
};
const draw = {
  step_id: 'draw',
  component: 'FilterService.ApplyFilter',
  depends_on: ['lines', 'zones'],
  parameters: { filter_type: 'annotate' },
};

beforeAll(async () => {
  backend = await openTestBackend();
  behind = await Promise.all([
    openTestService('resize', openResize),
    openTestService('ai-detection', openDetection),
    openTestService('filter', openFilter),
  ]);
  for (const [index, name] of ['ResizeService', 'AIDetectionService', 'FilterService'].entries()) {
    backend.instances.set(name, behind[index]?.address ?? '');
  }
  backend.pipelines.set('counted', pipelineOf('counted', [resize, detect, track, lines, zones, draw]));
  service = await openStreamService(backend);
  surface = await sharp('samples/defects/4000_0000.png').resize(480, 480).toBuffer();
});

afterAll(async () => {
  await service.close();
  await Promise.all(behind.map((one) => one.close()));
  backend.close();
});

/** The surface on a belt, `left` pixels from the left. */
function frameAt(left: number): Promise<Buffer> {
  return sharp({ create: { width: 960, height: 480, channels: 3, background: { r: 118, g: 118, b: 118 } } })
    .composite([{ input: surface, left, top: 0 }])
    .jpeg({ quality: 90 })
    .toBuffer();
}

test('a defect keeps its number while its part moves through the picture, and is counted once at the line', async () => {
  const stream = service.open();
  const answers: ProcessedFrame__Output[] = [];
  for (let index = 0; index <= 24; index++) {
    const metadata: Record<string, string> = index === 0 ? { pipeline_id: 'counted', output: 'none' } : {};
    answers.push(await stream.ask({ frame_data: await frameAt(20 * index), timestamp_ms: Math.round(1e12 + index * frameMs), metadata }));
  }
  stream.call.end();
  expect(answers.filter(({ error }) => error !== null)).toEqual([]);
  const deformations = answers.map(({ detections }) => detections.filter((one) => one.class_name === 'deformation' && one.track_id > 0));
  const ids = new Set(deformations.flat().map((one) => one.track_id));
  expect([ids.size, deformations.filter((list) => list.length === 1).length > 20]).toEqual([1, true]);
  const last = answers.at(-1)?.areas ?? [];
  const line = last.find(({ name }) => name === 'middle');
  expect([line?.step_id, line?.entered_by_class.deformation, line?.left]).toEqual(['lines', 1, 0]);
  const zone = last.find(({ name }) => name === 'all');
  expect(zone?.inside).toBeGreaterThan(0);
  expect(zone?.max_dwell_ms).toBeGreaterThan(700);
}, 20_000);

test('a stream begins to count anew; its neighbours know nothing of it', async () => {
  const stream = service.open();
  const { areas, detections } = await stream.ask({ frame_data: await frameAt(0), metadata: { pipeline_id: 'counted' } });
  expect(areas.find(({ name }) => name === 'middle')?.entered).toBe(0);
  expect(Math.max(...detections.map(({ track_id }) => track_id))).toBe(detections.length);
  stream.call.end();
});

test('a single image has no frames before it: the component says that it needs a stream', async () => {
  const call = unary((metadata, options, done) =>
    service.processor.Process(
      { component: 'CameraStreamService.Track', parameters_json: '{}', input_bytes: { data: surface } },
      metadata,
      options,
      done,
    ),
  );
  await expect(call).rejects.toMatchObject({ details: expect.stringContaining('needs a stream') });
});
