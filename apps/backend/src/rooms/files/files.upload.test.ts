import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { type FormPart, form, formEnd, formPart, formType } from './test-form.ts';
import * as images from './test-images.ts';

let backend: TestBackend;
let headers: { readonly authorization: string };

beforeAll(async () => {
  backend = await openTestBackend({ env: { IMAGEFLOW_MAX_FILE_BYTES: '3000000', IMAGEFLOW_MAX_FILES: '4' } });
  headers = await backend.login('inspector');
});
afterAll(() => backend.close());

async function send(payload: Buffer, language = 'en') {
  const all = { ...headers, 'content-type': formType, 'accept-language': language };
  const answer = await backend.app.inject({ method: 'POST', url: '/api/v1/files', headers: all, payload });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown> & { items: Record<string, unknown>[] }>() };
}

const upload = (...parts: readonly FormPart[]) => send(form(...parts));

/** Everything in the store, finished or not. */
function stored(): string[] {
  const root = backend.config.objectsUrl.slice('folder:'.length);
  return ['imageflow/uploads', '.new', '.types/imageflow/uploads'].flatMap((folder) => {
    try {
      return readdirSync(join(root, folder));
    } catch {
      return [];
    }
  });
}

describe('uploading', () => {
  it.each(images.goodFormats)('takes %s, and knows its type and size from the content', async (format) => {
    const content = await images.encoded(format, 321, 123);
    const { status, body } = await upload({ filename: 'photo.heic', content, type: 'image/heic' });
    expect(status, JSON.stringify(body)).toBe(201);
    expect(body.items[0]).toMatchObject({
      filename: 'photo.heic',
      kind: 'upload',
      content_type: `image/${format}`,
      size_bytes: content.length,
      width: 321,
      height: 123,
      sha256: createHash('sha256').update(content).digest('hex'),
    });
  });

  it('stores several files of a request, in order, with their names', async () => {
    const content = await images.encoded('png');
    const { status, body } = await upload(
      { name: 'a', filename: '検査 1.png', content },
      { name: 'note', content: 'a field' },
      { name: 'b', filename: 'C:\\photos\\2.png', content },
      { filename: '../../etc/passwd', content },
    );
    expect(status).toBe(201);
    expect(body.items.map((item) => item.filename)).toEqual(['検査 1.png', '2.png', 'passwd']);
  });

  it('tells the size of the upright image', async () => {
    const { body } = await upload({ filename: 'a.jpg', content: await images.turnedJpeg(200, 100) });
    expect(body.items[0]).toMatchObject({ width: 100, height: 200 });
  });

  it.each([
    ['CMYK', images.cmykJpeg],
    ['CMYK without the Adobe marker', images.cmykJpegWithoutAdobe],
    ['broken EXIF', images.jpegWithBrokenExif],
    ['more bytes behind its end', images.jpegWithMoreBehind],
  ])('takes a JPEG with %s', async (_what, make) => {
    const { status, body } = await upload({ filename: 'a.jpg', content: await make() });
    expect(status, JSON.stringify(body)).toBe(201);
    expect(body.items[0]).toMatchObject({ width: 320, height: 240 });
  });

  it('looks at the first of 100,000 frames only, in under a second and without memory for the others', async () => {
    const content = images.gifOfFrames(100_000);
    const [start, before] = [performance.now(), process.memoryUsage.rss()];
    const { status, body } = await upload({ filename: 'a.gif', content });
    expect(status, JSON.stringify(body)).toBe(201);
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(60e6);
    expect(body.items[0]).toMatchObject({ width: 1, height: 1 });
  });

  it('passes over a file field that was left empty', async () => {
    const { status, body } = await upload({ filename: '', content: '' }, { filename: 'a.png', content: await images.encoded('png') });
    expect([status, body.items.length]).toEqual([201, 1]);
  });
});

describe('refusing', () => {
  /** The refusal, after having made sure that nothing of the request was kept. */
  async function refused(...parts: readonly FormPart[]) {
    const before = stored();
    const answer = await upload({ filename: 'good.png', content: await images.encoded('png') }, ...parts);
    expect(stored()).toEqual(before);
    return answer;
  }

  it.each(Object.entries(images.foreign))('%s under the name of a PNG is 415', async (_kind, content) => {
    const { status, body } = await refused({ filename: 'photo.png', content });
    expect(status).toBe(415);
    expect(body).toMatchObject({ code: 'UNSUPPORTED_MEDIA', validation_errors: [{ field: 'files[1]', value: 'photo.png' }] });
    expect(body.detail).toContain('photo.png');
  });

  it('names what is accepted, and what it got', async () => {
    const { body } = await refused({ filename: 'photo.heic', content: images.foreign.HEIC ?? '' });
    expect(body.detail).toContain('HEIC');
    expect(body.detail).toContain('JPEG, PNG, WebP, TIFF, GIF, AVIF, BMP');
  });

  const cutFiles = images.goodFormats.flatMap((format) => [0.1, 0.5, 0.9, 0.99].map((share) => [format, share] as const));
  it.each(cutFiles)('%s cut at %d is 422', async (format, share) => {
    const { status, body } = await refused({ filename: 'cut', content: images.cut(await images.encoded(format), share) });
    expect([status, body.code]).toEqual([422, 'IMAGE_BROKEN']);
  });

  it.each([
    ['BMP', images.hugeBmp],
    ['PNG', images.hugePng],
  ])('252 megapixels in a small %s is 413 with the limit named, and memory stays', async (_format, make) => {
    const before = process.memoryUsage.rss();
    const { status, body } = await refused({ filename: 'huge', content: make() });
    expect([status, body.code]).toEqual([413, 'TOO_LARGE']);
    expect(body).toMatchObject({ width: 18_000, height: 14_000, max_pixels: 100_000_000 });
    expect(body.detail).toContain('100.0');
    expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
  });

  it('a file over the limit is 413 every time, in the language asked for', async () => {
    const big = Buffer.concat([await images.encoded('jpeg'), Buffer.alloc(3_000_000)]);
    for (let time = 0; time < 3; time += 1) {
      const { status, body } = await refused({ filename: 'big.jpg', content: big });
      expect([status, body.code, body.max_bytes]).toEqual([413, 'TOO_LARGE', 3_000_000]);
      expect(body.detail).toContain('3000000');
    }
    const japanese = await send(form({ filename: '大.jpg', content: big }), 'ja');
    expect(japanese.body.detail).toContain('「大.jpg」: ファイルが上限の 3000000 バイトを超えています');
  });

  it('a file of exactly the limit is taken', async () => {
    const jpeg = await images.encoded('jpeg');
    const { status } = await upload({ filename: 'a.jpg', content: Buffer.concat([jpeg, Buffer.alloc(3_000_000 - jpeg.length)]) });
    expect(status).toBe(201);
  });

  it('more files than allowed is 413 with the limit named', async () => {
    const content = await images.encoded('png');
    const { status, body } = await refused(...Array.from({ length: 5 }, (_, index) => ({ filename: `${index}.png`, content })));
    expect([status, body.code, body.max_files]).toEqual([413, 'TOO_LARGE', 4]);
  });

  it('a form without files is 400', async () => {
    const { status, body } = await upload({ name: 'note', content: 'nothing' });
    expect([status, body.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it.each<[string, (good: Buffer) => Buffer]>([
    ['without its end', (good) => formPart({ filename: 'a.png', content: good })],
    ['cut within a file', (good) => formPart({ filename: 'a.png', content: good }).subarray(0, 500)],
    ['cut within a header', () => Buffer.from('--a-boundary-of-the-tests\r\ncontent-dis')],
    ['of another boundary', (good) => Buffer.concat([Buffer.from('--other\r\n\r\n'), good])],
    ['of nonsense', () => Buffer.from('{"json": true}')],
    ['with a forbidden field name', () => form({ name: '__proto__', content: 'x' })],
  ])('a form %s is 400', async (_what, make) => {
    const before = stored();
    const { status, body } = await send(make(await images.encoded('png')));
    expect([status, body.code], JSON.stringify(body)).toEqual([400, 'MALFORMED_BODY']);
    expect(stored()).toEqual(before);
  });

  it('a form without a boundary is 400, and another content type 415', async () => {
    const bare = { ...headers, 'content-type': 'multipart/form-data' };
    const answer = await backend.app.inject({ method: 'POST', url: '/api/v1/files', headers: bare, payload: formEnd });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'MALFORMED_BODY']);
    const json = await backend.app.inject({ method: 'POST', url: '/api/v1/files', headers, payload: {} });
    expect(json.statusCode).toBe(415);
  });

  it('viewers may not upload', async () => {
    const viewer = { ...(await backend.login('viewer')), 'content-type': formType };
    const payload = form({ filename: 'a.png', content: await images.encoded('png') });
    const answer = await backend.app.inject({ method: 'POST', url: '/api/v1/files', headers: viewer, payload });
    expect(answer.statusCode).toBe(403);
  });
});

describe('thumbnails', () => {
  const thumbnail = (id: unknown, query = '') => backend.app.inject({ url: `/api/v1/files/${id}/thumbnail${query}`, headers });

  it.each(images.goodFormats)('of %s fit the size asked for', async (format) => {
    const { body } = await upload({ filename: 'a', content: await images.encoded(format, 400, 300) });
    const answer = await thumbnail(body.items[0]?.file_id, '?size=128');
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'image/jpeg']);
    expect(await sharp(answer.rawPayload).metadata()).toMatchObject({ format: 'jpeg', width: 128, height: 96 });
  });

  it('are upright, and answered from the store the second time', async () => {
    const { body } = await upload({ filename: 'a', content: await images.turnedJpeg(400, 200) });
    const [first, second] = [await thumbnail(body.items[0]?.file_id), await thumbnail(body.items[0]?.file_id)];
    const { width, height, orientation } = await sharp(first.rawPayload).metadata();
    expect([width, height, orientation ?? 1]).toEqual([128, 256, 1]);
    expect(second.rawPayload.equals(first.rawPayload)).toBe(true);
    const again = await backend.app.inject({
      url: `/api/v1/files/${body.items[0]?.file_id}/thumbnail`,
      headers: { ...headers, 'if-none-match': String(first.headers.etag) },
    });
    expect(again.statusCode).toBe(304);
  });
});
