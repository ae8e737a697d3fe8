/** Services that do not reach the store: their images travel inside the messages. */
import type { ProcessorServiceHandlers } from '@imageflow/grpc';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { call, never, openPoolLab, type PoolLab, type Process } from './testing.ts';

let lab: PoolLab;
beforeEach(async () => {
  lab = await openPoolLab();
});
afterEach(() => lab.close());

const inlineService: Partial<ProcessorServiceHandlers> = {
  Describe: (_call, callback) =>
    callback(null, { service_name: 'TestService', components: [{ method: 'Work', produces_image: true, inline_images: true }] }),
};

test('a service without the store gets the image and gives its own inside the messages', async () => {
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  await lab.objects.put('uploads/1', png, { contentType: 'image/png', maxBytes: 1_000, durable: false });
  const seen: unknown[] = [];
  const invert: Process = (incoming, callback) => {
    const { input_bytes, input_image, inline_handover, output } = incoming.request;
    seen.push([input_bytes?.format, input_bytes?.data.length, input_image ?? null, inline_handover, output?.object_key]);
    const pixels = Buffer.from([1, 2, 3, 4, 5, 6]);
    const result = { output_data: png, metadata: { width: '1', height: '1' } };
    callback(null, { result, handover_bytes: { data: pixels, format: 'RAW', width: 2, height: 1 } });
  };
  const pool = await lab.openSettledPool([await lab.serve(invert, 0, inlineService)]);
  const output = { key: 'executions/e/0/s.png', format: 'png', quality: undefined };
  const first = await pool.invoker.invoke({ ...call, handoverKey: 'executions/e/0/s.ppm', output }, never);
  expect(first.output).toMatchObject({ key: output.key, contentType: 'image/png', width: 1, sizeBytes: png.length });
  expect(first.handover).toMatchObject({ key: 'executions/e/0/s.ppm', contentType: 'image/x-portable-pixmap', width: 2, height: 1 });
  expect(await lab.objects.read(output.key, 1_000)).toEqual(png);
  const image = first.handover ?? call.image;
  await pool.invoker.invoke({ ...call, image, handoverKey: 'executions/e/0/t.ppm' }, never);
  expect(seen).toEqual([
    ['PNG', png.length, null, true, ''],
    ['RAW', 6, null, true, undefined],
  ]);
});

test('an image of a wrong size inside the message is the service’s fault, and named', async () => {
  await lab.objects.put('uploads/1', Buffer.from('x'), { contentType: 'image/png', maxBytes: 1_000, durable: false });
  const wrong: Process = (_call, callback) =>
    callback(null, { result: {}, handover_bytes: { data: Buffer.alloc(5), format: 'RAW', width: 2, height: 1 } });
  const pool = await lab.openSettledPool([await lab.serve(wrong, 0, inlineService)]);
  const refusal = pool.invoker.invoke({ ...call, handoverKey: 'k.ppm' }, never);
  await expect(refusal).rejects.toMatchObject({
    code: 'SERVICE_FAULT',
    retryable: false,
    message: expect.stringContaining('handover_bytes'),
  });
});
