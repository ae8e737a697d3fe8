import { status } from '@grpc/grpc-js';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHeldProgram } from '../../testing/held.ts';
import { openTestService, type TestService } from '../../testing/service.ts';
import { openProgram as openDetection } from '../ai-detection.ts';
import { openProgram as openFilter } from '../filter.ts';
import { openProgram as openResize } from '../resize.ts';
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
    openTestService('filter', createHeldProgram().open),
  ]);
  const names = ['ResizeService', 'FilterService', 'AIDetectionService', 'HeldService'];
  for (const [index, name] of names.entries()) backend.instances.set(name, behind[index]?.address ?? '');
  backend.pipelines.set('small', pipelineOf('small', [resize]));
  backend.pipelines.set('defects', pipelineOf('defects', [resize, detect]));
  backend.pipelines.set('still', pipelineOf('still', [{ step_id: 'hold', component: 'HeldService.Hold' }]));
  backend.pipelines.set('unknown', pipelineOf('unknown', [{ step_id: 'x', component: 'ResizeService.NoSuch' }]));
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

test('headers come before the first frame is sent', async () => {
  const stream = service.open();
  await new Promise((resolve) => stream.call.on('metadata', resolve));
  stream.call.end();
  expect((await stream.status).code).toBe(status.OK);
});

test('detections carry their place in the frame as it was sent', async () => {
  const stream = service.open();
  const { error, detections } = await stream.ask({ frame_data: frame, metadata: { pipeline_id: 'defects', output: 'none' } });
  expect(error).toBeNull();
  expect(detections.length).toBeGreaterThan(0);
  for (const { bbox, bbox_original: original } of detections) {
    expect(original?.x).toBeCloseTo((bbox?.x ?? 0) * 4, 0);
    expect(original?.width).toBeCloseTo((bbox?.width ?? 0) * 4, 0);
  }
  stream.call.end();
});

test('of frames that come too fast the newest are answered, in order, and the others are counted', async () => {
  const stream = service.open();
  const answers: number[] = [];
  let dropped = 0;
  stream.call.on('data', (answer) => {
    answers.push(answer.frame_id);
    dropped = Number(answer.processing_stats.dropped);
  });
  for (let id = 1; id <= 60; id++) stream.send({ frame_data: frame, frame_id: id, metadata: id === 1 ? { pipeline_id: 'small' } : {} });
  stream.call.end();
  expect((await stream.status).code).toBe(status.OK);
  expect(answers.length + dropped).toBe(60);
  expect(answers).toEqual(answers.toSorted((one, other) => one - other));
  expect(answers.at(-1)).toBe(60);
  expect(dropped).toBeGreaterThan(0);
});

test('pipeline and parameters change while the stream runs', async () => {
  const stream = service.open();
  await stream.ask({ frame_data: frame, metadata: { pipeline_id: 'small' } });
  const smaller = await stream.ask({ frame_data: frame, metadata: { parameters: '{"resize":{"target_width":160,"target_height":160}}' } });
  expect((await sharp(smaller.processed_data).metadata()).width).toBe(160);
  // Without a frame, before the next one.
  stream.send({ metadata: { pipeline_id: 'defects', parameters: '{}' } });
  const other = await stream.ask({ frame_data: frame });
  expect(other.processing_stats.pipeline_id).toBe('defects');
  expect((await sharp(other.processed_data).metadata()).width).toBe(320);
  stream.call.end();
});

test('the size of the frames may change', async () => {
  const stream = service.open();
  await stream.ask({ frame_data: frame, metadata: { pipeline_id: 'small' } });
  const answer = await stream.ask({ frame_data: await sharp(frame).resize(300, 500, { fit: 'fill' }).png().toBuffer() });
  expect([answer.error, answer.frame_width, answer.frame_height]).toEqual([null, 300, 500]);
  stream.call.end();
});

test.each<[string, () => Uint8Array | Promise<Uint8Array>, string]>([
  ['garbage', () => Buffer.from('this is no image, but long enough to be looked at'), 'UNSUPPORTED_MEDIA'],
  ['one byte', () => Buffer.of(0xff), 'UNSUPPORTED_MEDIA'],
  ['a GIF', () => sharp(frame).gif().toBuffer(), 'UNSUPPORTED_MEDIA'],
  ['a JPEG cut in half', () => frame.subarray(0, frame.length / 2), 'IMAGE_BROKEN'],
  ['a JPEG cut in its head', () => frame.subarray(0, 100), 'UNSUPPORTED_MEDIA'],
  ['50 megapixels', () => pngHead(10_000, 5_000), 'TOO_LARGE'],
  ['a decompression bomb', () => pngHead(2 ** 31 - 1, 2 ** 31 - 1), 'TOO_LARGE'],
  ['17 MiB', () => Buffer.concat([frame, Buffer.alloc(17 * 1024 * 1024)]), 'TOO_LARGE'],
])('%s is answered with its error, and the next frame with its result', async (_name, make, code) => {
  const stream = service.open();
  const refused = await stream.ask({ frame_data: await make(), timestamp_ms: 7, metadata: { pipeline_id: 'small' } });
  expect([refused.error?.code, refused.frame_id, refused.timestamp_ms]).toEqual([code, 1, 7]);
  expect(refused.error?.message?.ja).toBeTruthy();
  expect(refused.processing_stats.failed).toBe('1');
  const next = await stream.ask({ frame_data: frame });
  expect([next.error, next.frame_id]).toEqual([null, 2]);
  stream.call.end();
});

test.each([
  ['{"resize":{"target_width":"wide"}}', 'parameters.resize.target_width'],
  ['{"no_such_step":1}', 'no_such_step'],
  ['not json', 'parameters'],
])('wrong parameters are named with the frame until they are corrected: %s', async (parameters, named) => {
  const stream = service.open();
  const refused = await stream.ask({ frame_data: frame, metadata: { pipeline_id: 'small', parameters } });
  expect(refused.error?.code).toBe('VALIDATION_ERROR');
  expect(refused.error?.message?.en).toContain(named);
  expect((await stream.ask({ frame_data: frame, metadata: { parameters: '{}' } })).error).toBeNull();
  stream.call.end();
});

test.each([
  ['that does not exist', 'no-such-pipeline', status.NOT_FOUND],
  ['that is not named', undefined, status.INVALID_ARGUMENT],
  ['whose component cannot stream', 'still', status.INVALID_ARGUMENT],
  ['whose component is unknown', 'unknown', status.INVALID_ARGUMENT],
])('a pipeline %s ends the stream with a status', async (_name, id, code) => {
  const stream = service.open();
  const metadata: Record<string, string> = id === undefined ? {} : { pipeline_id: id };
  await expect(stream.ask({ frame_data: frame, metadata })).rejects.toMatchObject({ code });
  expect((await stream.status).details).not.toBe('');
});

/** A PNG that says so much in its head and has nothing behind it: whoever decodes it fails in another way. */
function pngHead(width: number, height: number): Buffer {
  const head = Buffer.alloc(64);
  head.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  head.writeUInt32BE(13, 8);
  head.write('IHDR', 12, 'latin1');
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return head;
}
