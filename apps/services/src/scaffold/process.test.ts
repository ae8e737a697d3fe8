/** Process and the typed rpcs: images by reference and inline, hand-over and output, through a whole service. */
import { readFile } from 'node:fs/promises';
import { credentials } from '@grpc/grpc-js';
import {
  type FilterResponse__Output,
  fromGrpcError,
  loadServices,
  type ProcessResponse__Output,
  type ResizeResponse__Output,
} from '@imageflow/grpc';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePpm } from '../image/ppm.ts';
import { openProgram as openFilter } from '../programs/filter.ts';
import { openProgram as openResize } from '../programs/resize.ts';
import { cut, encode } from '../testing/files.ts';
import { foreignFiles } from '../testing/hostile.ts';
import { gradient, largestDifference, paint, pixelAt } from '../testing/pixels.ts';
import { encodeBlackPng } from '../testing/png.ts';
import { clientOptions, openTestService, type TestService, unary } from '../testing/service.ts';

let resize: TestService;
let filter: TestService;
beforeAll(async () => {
  [resize, filter] = await Promise.all([openTestService('resize', openResize), openTestService('filter', openFilter)]);
});
afterAll(async () => {
  await Promise.all([resize.close(), filter.close()]);
});

const picture = gradient(80, 60);

async function process(service: TestService, request: object): Promise<ProcessResponse__Output> {
  try {
    return await unary((metadata, options, done) => service.processor.Process(request, metadata, options, done));
  } catch (error) {
    throw fromGrpcError(error as Parameters<typeof fromGrpcError>[0]);
  }
}

const resizeTo = (target_width: number) => ({ component: 'ResizeService.Resize', parameters_json: JSON.stringify({ target_width }) });
const read = (service: TestService, key: string) => service.objects.read(key, 1e8);

describe('by reference', () => {
  test('a file goes in; the lossless hand-over and the encoded output come out, both in the store', async () => {
    await resize.put('uploads/a', await encode(picture, 'png'), 'image/png');
    const answer = await process(resize, {
      ...resizeTo(40),
      input_image: { object_key: 'uploads/a', content_type: 'image/png' },
      handover: { object_key: 'executions/e/0/resize.ppm' },
      output: { object_key: 'executions/e/0/resize.jpg', format: 'jpeg' },
    });
    expect(answer.result?.status).toBe('PROCESSING_STATUS_COMPLETED');
    expect(answer.handover_image).toMatchObject({ bucket: 'imageflow', object_key: 'executions/e/0/resize.ppm', width: 40, height: 30 });
    expect(answer.result?.output_image).toMatchObject({
      object_key: 'executions/e/0/resize.jpg',
      content_type: 'image/jpeg',
      width: 40,
      height: 30,
    });

    const stored = parsePpm(await read(resize, 'executions/e/0/resize.ppm'));
    expect(stored).toMatchObject({ width: 40, height: 30 });
    const jpeg = await sharp(await read(resize, 'executions/e/0/resize.jpg')).metadata();
    expect(jpeg).toMatchObject({ format: 'jpeg', width: 40, height: 30 });
    expect(answer.transform).toMatchObject({ a: 0.5, d: 0.5, original_width: 80, original_height: 60 });
  });

  test('a hand-over is read back pixel by pixel, and red is still red', async () => {
    const redAndBlue = paint(20, 10, (x) => (x < 10 ? [255, 0, 0] : [0, 0, 255]));
    await filter.put('in.ppm', await sharpPpm(redAndBlue), 'image/x-portable-pixmap');
    const answer = await process(filter, {
      component: 'FilterService.ApplyFilter',
      input_image: { object_key: 'in.ppm', content_type: 'image/x-portable-pixmap' },
      handover: { object_key: 'out.ppm' },
    });
    const stored = parsePpm(await read(filter, answer.handover_image?.object_key ?? ''));
    expect(largestDifference(stored, redAndBlue)).toBe(0);
    expect([...stored.data.subarray(0, 3)]).toEqual([255, 0, 0]);
  });

  test('the same call again overwrites its outputs, byte for byte the same', async () => {
    await resize.put('uploads/b', await encode(picture, 'jpeg'));
    const request = { ...resizeTo(33), input_image: { object_key: 'uploads/b' }, output: { object_key: 'twice.jpg' } };
    await process(resize, request);
    const first = Buffer.from(await read(resize, 'twice.jpg'));
    await process(resize, request);
    expect(first.equals(await read(resize, 'twice.jpg'))).toBe(true);
  });

  test.each([
    ['webp', 'webp'],
    ['tiff', 'tiff'],
    ['avif', 'heif'],
    ['PNG', 'png'],
    ['jpg', 'jpeg'],
  ])('the output is written as %s when asked', async (format, found) => {
    await resize.put('uploads/c', await encode(picture, 'png'));
    const output = { object_key: `formats/${format}`, format };
    await process(resize, { ...resizeTo(40), input_image: { object_key: 'uploads/c' }, output });
    expect((await sharp(Buffer.from(await read(resize, output.object_key))).metadata()).format).toBe(found);
  });

  test.each([
    ['gif', 'jpeg'],
    ['bmp', 'jpeg'],
    ['webp', 'webp'],
    ['png', 'png'],
  ] as const)('without a wish a %s comes out as %s', async (format, found) => {
    await resize.put(`uploads/${format}`, await encode(picture, format));
    await process(resize, {
      ...resizeTo(40),
      input_image: { object_key: `uploads/${format}` },
      output: { object_key: `wishless/${format}` },
    });
    expect((await sharp(Buffer.from(await read(resize, `wishless/${format}`))).metadata()).format).toBe(found);
  });

  test('JPEG bytes under the name photo.heic work', async () => {
    await resize.put('uploads/photo.heic', await encode(picture, 'jpeg'), 'image/heic');
    const input_image = { object_key: 'uploads/photo.heic', content_type: 'image/heic' };
    const answer = await process(resize, { ...resizeTo(40), input_image, output: { object_key: 'heic-out' } });
    expect(answer.result?.output_image).toMatchObject({ content_type: 'image/jpeg', width: 40 });
  });

  test.each([
    ['OBJECT_NOT_FOUND', { object_key: 'uploads/nowhere' }],
    ['VALIDATION_ERROR', { object_key: '../../etc/passwd' }],
    ['VALIDATION_ERROR', { object_key: '/etc/passwd' }],
    ['VALIDATION_ERROR', { object_key: 'uploads/a', bucket: 'someone-elses' }],
  ])('a reference that leads nowhere is %s: %j', async (code, input_image) => {
    await expect(process(resize, { ...resizeTo(40), input_image })).rejects.toMatchObject({ code });
  });
});

describe('bad input', () => {
  const kinds: Record<string, [string, () => Promise<Buffer> | Buffer]> = {
    HTML: ['UNSUPPORTED_MEDIA', () => foreignFiles.HTML ?? Buffer.alloc(0)],
    'hostile SVG': ['UNSUPPORTED_MEDIA', () => foreignFiles['SVG with an external entity'] ?? Buffer.alloc(0)],
    'a bomb': ['TOO_LARGE', () => encodeBlackPng(18_000, 14_000)],
    'half a JPEG': ['IMAGE_BROKEN', async () => cut(await encode(picture, 'jpeg'), 0.5)],
  };

  test.each(Object.entries(kinds))('is refused, stores nothing, and the next job runs: %s', async (name, [code, make]) => {
    const key = `bad/${name.replaceAll(' ', '-')}.png`;
    await resize.put(key, await make(), 'image/png');
    const targets = { handover: { object_key: `${key}.out/h.ppm` }, output: { object_key: `${key}.out/o.png` } };
    await expect(process(resize, { ...resizeTo(40), input_image: { object_key: key }, ...targets })).rejects.toMatchObject({
      code,
      retryable: false,
    });
    expect(await keysBelow(`${key}.out/`)).toEqual([]);
    const inline = { data: await encode(picture, 'png') };
    expect((await process(resize, { ...resizeTo(40), input_bytes: inline, inline_handover: true })).handover_bytes?.width).toBe(40);
  });
});

describe('inline', () => {
  test('raw pixels go in and come out of the message', async () => {
    const input_bytes = { data: Buffer.from(picture.data), format: 'RAW', width: 80, height: 60 };
    const answer = await process(filter, { component: 'FilterService.ApplyFilter', input_bytes, inline_handover: true });
    expect(answer.handover_bytes).toMatchObject({ format: 'RAW', width: 80, height: 60 });
    expect(Buffer.from(picture.data).equals(answer.handover_bytes?.data ?? Buffer.alloc(0))).toBe(true);
  });

  test('raw pixels that do not fill their size are refused with both numbers', async () => {
    const input_bytes = { data: Buffer.alloc(100), format: 'RAW', width: 80, height: 60 };
    const error = await process(filter, { component: 'FilterService.ApplyFilter', input_bytes }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'VALIDATION_ERROR' });
    expect(error.detail.en).toContain('needs 14400 bytes');
  });
});

test('detections and transform handed in flow through, the detections drawn where they belong', async () => {
  const box = { x: 10, y: 10, width: 20, height: 20 };
  const answer = await process(filter, {
    component: 'FilterService.ApplyFilter',
    parameters_json: JSON.stringify({ filter_type: 'annotate', parameters: { show_labels: false, line_width: 1 } }),
    input_bytes: { data: Buffer.alloc(80 * 60 * 3), format: 'RAW', width: 80, height: 60 },
    detections: [{ class_name: 'scratch', confidence: 0.5, bbox: box, bbox_original: { x: 20, y: 20, width: 40, height: 40 } }],
    transform: { a: 0.5, d: 0.5, original_width: 160, original_height: 120 },
    inline_handover: true,
  });
  expect(answer.detections).toMatchObject([{ class_name: 'scratch', bbox: box }]);
  expect(answer.transform).toMatchObject({ a: 0.5, original_width: 160 });
  const drawn = { data: answer.handover_bytes?.data ?? Buffer.alloc(0), width: 80, height: 60 };
  expect(pixelAt(drawn, 10, 10)).not.toEqual([0, 0, 0]);
  expect(pixelAt(drawn, 9, 9)).toEqual([0, 0, 0]);
});

describe('typed', () => {
  test('Resize answers an inline image inline, in the format asked for', async () => {
    const client = new (loadServices().ResizeService)(resize.address, credentials.createInsecure(), clientOptions);
    const request = { input_bytes: { data: await encode(picture, 'png') }, target_width: 20, output_format: 'webp' };
    const answer = await unary<ResizeResponse__Output>((metadata, options, done) => client.Resize(request, metadata, options, done));
    client.close();
    expect(await sharp(answer.result?.output_data).metadata()).toMatchObject({ format: 'webp', width: 20, height: 15 });
    expect(answer.result?.metadata).toEqual({ content_type: 'image/webp', width: '20', height: '15' });
    expect(answer.transform).toMatchObject({ a: 0.25, d: 0.25 });
  });

  test('Resize of a reference stores its result under a key that the same call gets again', async () => {
    const client = new (loadServices().ResizeService)(resize.address, credentials.createInsecure(), clientOptions);
    await resize.put('uploads/typed', await encode(picture, 'png'));
    const request = { input_image: { object_key: 'uploads/typed' }, target_width: 20 };
    const call = () => unary<ResizeResponse__Output>((metadata, options, done) => client.Resize(request, metadata, options, done));
    const [first, second] = [await call(), await call()];
    client.close();
    expect(first.result?.output_image?.object_key).toMatch(/^services\/resize\/[0-9a-f]{32}\.png$/);
    expect(second.result?.output_image?.object_key).toBe(first.result?.output_image?.object_key);
    expect((await sharp(Buffer.from(await read(resize, first.result?.output_image?.object_key ?? ''))).metadata()).width).toBe(20);
  });

  test('ApplyFilter and ApplyQualityFilter take their parameters as texts', async () => {
    const client = new (loadServices().FilterService)(filter.address, credentials.createInsecure(), clientOptions);
    const input_bytes = { data: await encode(picture, 'png') };
    const blurred = await unary<FilterResponse__Output>((metadata, options, done) =>
      client.ApplyFilter({ input_bytes, filter_type: 'crop', parameters: { width: '30', height: '20' } }, metadata, options, done),
    );
    expect(await sharp(blurred.result?.output_data).metadata()).toMatchObject({ width: 30, height: 20 });
    const judged = await unary<FilterResponse__Output>((metadata, options, done) =>
      client.ApplyQualityFilter({ input_bytes, parameters: { min_exposure: '10' } }, metadata, options, done),
    );
    client.close();
    expect(judged.measures.exposure_mean).toBeGreaterThan(10);
  });

  test('a refusal travels whole: code, faults and text', async () => {
    const client = new (loadServices().FilterService)(filter.address, credentials.createInsecure(), clientOptions);
    const request = { input_bytes: { data: await encode(picture, 'png') }, filter_type: 'blur', parameters: { sigma: 'wide' } };
    const refused = unary((metadata, options, done) => client.ApplyFilter(request, metadata, options, done));
    const error = await refused.catch((thrown) => fromGrpcError(thrown));
    client.close();
    expect(error).toMatchObject({ code: 'VALIDATION_ERROR', faults: [{ field: 'parameters.parameters.sigma' }] });
  });
});

async function keysBelow(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of resize.objects.list(prefix)) keys.push(key);
  return keys;
}

async function sharpPpm({ data, width, height }: { data: Uint8Array; width: number; height: number }): Promise<Buffer> {
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), data]);
}

test('the photos that are shipped can all be read', async () => {
  for (const name of ['astronaut.png', 'chelsea.png', 'china.jpg', 'coffee.png', 'flower.jpg', 'rocket.jpg']) {
    const data = await readFile(new URL(`../../../../samples/photos/${name}`, import.meta.url));
    const answer = await process(resize, { ...resizeTo(64), input_bytes: { data }, inline_handover: true });
    expect(answer.handover_bytes?.width).toBe(64);
  }
});
