import { status } from '@grpc/grpc-js';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openProgram as openDetection } from '../ai-detection/program.ts';
import { openProgram as openFilter } from '../filter/program.ts';
import { openProgram as openResize } from '../resize/program.ts';
import { openTestService, type TestService } from '../testing/service.ts';
import { openStreamService, openTestBackend, pipelineOf, type StreamService, type TestBackend } from './testing.ts';

let backend: TestBackend;
let behind: TestService[];
let service: StreamService;
let frame: Buffer;

const resize = { step_id: 'resize', component: 'ResizeService.Resize', parameters: { target_width: 320, target_height: 320 } };
const detect = {
  step_id: 'detect',
  component: 'AIDetectionService.DetectDefects',
  depends_on: ['resize'],
};

beforeAll(async () => {
  backend = await openTestBackend();
  behind = await Promise.all([
    openTestService('resize', openResize),
    openTestService('filter', openFilter),
    openTestService('ai-detection', openDetection),
  ]);
  const names = ['ResizeService', 'FilterService', 'AIDetectionService'];
  for (const [index, name] of names.entries()) backend.instances.set(name, behind[index]?.address ?? '');
  backend.pipelines.set('small', pipelineOf('small', [resize]));
  backend.pipelines.set('defects', pipelineOf('defects', [resize, detect]));
  service = await openStreamService(backend);
  frame = await sharp('samples/defects/4000_0000.png').resize(1280, 720, { fit: 'cover' }).jpeg().toBuffer();
});

afterAll(async () => {
  await service.close();
  await Promise.all(behind.map((one) => one.close()));
  backend.close();
});

test('a frame is answered with the image that leaves the pipeline, its number, its time and what it cost', async () => {
  const stream = service.open();
  const answer = await stream.ask({
    frame_data: frame,
    timestamp_ms: 1_700_000_000_123,
    metadata: { pipeline_id: 'small', source_id: 'cam-001' },
  });
  expect(answer.error).toBeNull();
  expect([answer.frame_id, answer.timestamp_ms, answer.content_type]).toEqual([1, 1_700_000_000_123, 'image/jpeg']);
  expect([answer.frame_width, answer.frame_height]).toEqual([1280, 720]);
  const image = await sharp(answer.processed_data).metadata();
  expect([image.width, image.height]).toEqual([320, 180]);
  expect(answer.processing_stats).toMatchObject({
    source_id: 'cam-001',
    pipeline_id: 'small',
    pipeline_version: '1',
    received: '1',
    answered: '1',
    failed: '0',
    dropped: '0',
  });
  for (const name of ['queue_ms', 'infer_ms', 'total_ms', 'step.resize_ms']) {
    expect(Number(answer.processing_stats[name])).toBeGreaterThanOrEqual(0);
  }
  stream.call.end();
  expect((await stream.status).code).toBe(status.OK);
});
