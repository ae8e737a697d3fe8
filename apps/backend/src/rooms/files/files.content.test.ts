import { request as httpRequest } from 'node:http';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { form, formType } from './test-form.ts';
import { encoded } from './test-images.ts';

let backend: TestBackend;
let headers: { readonly authorization: string };
let content: Buffer;
let id: string;

beforeAll(async () => {
  backend = await openTestBackend();
  headers = await backend.login('engineer');
  content = await encoded('png');
  id = await upload('検査 "1".png');
});
afterAll(() => backend.close());

async function upload(filename: string): Promise<string> {
  const payload = form({ filename: filename.replaceAll('"', '%22'), content });
  const answer = await backend.app.inject({
    method: 'POST',
    url: '/api/v1/files',
    headers: { ...headers, 'content-type': formType },
    payload,
  });
  return answer.json<{ items: { file_id: string }[] }>().items[0]?.file_id ?? '';
}

const get = (path: string, more: Record<string, string> = {}, method: 'GET' | 'HEAD' | 'DELETE' = 'GET') =>
  backend.app.inject({ method, url: `/api/v1/files/${path}`, headers: { ...headers, ...more } });

describe('content', () => {
  it('comes back as it was sent, shown in place or saved, with its name', async () => {
    const shown = await get(id);
    expect(shown.statusCode).toBe(200);
    expect(shown.rawPayload.equals(content)).toBe(true);
    expect(shown.headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(content.length),
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
    });
    expect(shown.headers['content-disposition']).toMatch(/^inline; filename="/);
    const saved = await get(`${id}/download`);
    expect(saved.rawPayload.equals(content)).toBe(true);
    expect(saved.headers['content-disposition']).toMatch(/^attachment; filename=".*1.*\.png"; filename\*=UTF-8''%E6%A4%9C%E6%9F%BB/);
  });

  it('answers HEAD with the same headers and no content', async () => {
    const [head, whole] = [await get(id, {}, 'HEAD'), await get(id)];
    expect([head.statusCode, head.rawPayload.length]).toEqual([200, 0]);
    for (const name of ['content-length', 'content-type', 'etag', 'last-modified']) expect(head.headers[name]).toBe(whole.headers[name]);
  });

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=5-', 5, undefined],
    ['bytes=-7', -7, undefined],
    ['bytes=10-999999999', 10, undefined],
  ])('gives the range %s', async (range, start, end) => {
    const part = content.subarray(start, end);
    const answer = await get(id, { range });
    expect(answer.statusCode).toBe(206);
    expect(answer.rawPayload.equals(part)).toBe(true);
    const first = start < 0 ? content.length + start : start;
    expect(answer.headers['content-range']).toBe(`bytes ${first}-${first + part.length - 1}/${content.length}`);
    expect(answer.headers['content-length']).toBe(String(part.length));
  });

  it.each(['bytes=9-3', 'bytes=0-1,4-5', 'pages=1-2', 'bytes=-', 'nonsense'])('gives the whole for the range "%s"', async (range) => {
    const answer = await get(id, { range });
    expect([answer.statusCode, answer.rawPayload.length]).toEqual([200, content.length]);
  });

  it.each(['bytes=999999999-', 'bytes=-0'])('refuses %s, saying how long the content is', async (range) => {
    const answer = await get(id, { range });
    expect([answer.statusCode, answer.json().code]).toEqual([416, 'RANGE_NOT_SATISFIABLE']);
    expect(answer.headers['content-range']).toBe(`bytes */${content.length}`);
  });

  it('is not sent again to who has it', async () => {
    const { headers: first } = await get(id);
    const [etag, modified] = [String(first.etag), String(first['last-modified'])];
    for (const condition of [
      { 'if-none-match': etag },
      { 'if-none-match': `"other", W/${etag}` },
      { 'if-none-match': '*' },
      { 'if-modified-since': modified },
    ]) {
      const answer = await get(id, condition as Record<string, string>);
      expect([answer.statusCode, answer.rawPayload.length], JSON.stringify(condition)).toEqual([304, 0]);
      expect(answer.headers.etag).toBe(etag);
    }
    for (const condition of [
      { 'if-none-match': '"other"' },
      { 'if-none-match': '"other"', 'if-modified-since': modified },
      { 'if-modified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' },
      { 'if-modified-since': 'no date' },
    ]) {
      expect((await get(id, condition as Record<string, string>)).statusCode, JSON.stringify(condition)).toBe(200);
    }
  });

  it('continues a download only of the same version', async () => {
    const { headers: first } = await get(id);
    const [etag, modified] = [String(first.etag), String(first['last-modified'])];
    const statusOf = async (ifRange: string) => (await get(id, { range: 'bytes=5-', 'if-range': ifRange })).statusCode;
    expect(await Promise.all([etag, modified].map(statusOf))).toEqual([206, 206]);
    expect(await Promise.all(['"other"', 'Mon, 01 Jan 2001 00:00:00 GMT', `W/${etag}`].map(statusOf))).toEqual([200, 200, 200]);
  });

  it('lets go of the file when the client goes away in the middle', async () => {
    const address = await backend.listen();
    const big = await upload('big.png');
    await new Promise<void>((resolve, reject) => {
      const call = httpRequest(`${address}/api/v1/files/${big}`, { headers }, (answer) => {
        answer.once('data', () => call.destroy());
        answer.once('close', () => resolve());
      });
      call.once('error', () => resolve()).end();
      call.once('timeout', reject);
    });
    expect((await get(big, {}, 'DELETE')).statusCode).toBe(204);
  });
});

describe('what is known of a file', () => {
  it('can be asked for', async () => {
    const answer = await get(`${id}/metadata`);
    expect(answer.json()).toMatchObject({
      file_id: id,
      kind: 'upload',
      width: 320,
      height: 240,
      download_url: `/api/v1/files/${id}/download`,
      thumbnail_url: `/api/v1/files/${id}/thumbnail`,
    });
  });

  it('is listed newest first, page by page, and found by name', async () => {
    const made: string[] = [];
    for (const name of ['list-1.png', 'list-2.png', 'list-3.png']) made.unshift(await upload(name));
    type List = { items: { file_id: string }[]; next_cursor: string | null };
    const list = async (query: string) => (await backend.app.inject({ url: `/api/v1/files?${query}`, headers })).json<List>();
    const first = await list('search=list-&limit=2');
    const second = await list(`search=list-&limit=2&cursor=${first.next_cursor}`);
    expect([...first.items, ...second.items].map((item) => item.file_id)).toEqual(made);
    expect(second.next_cursor).toBeNull();
    expect((await list('search=%25%25')).items).toEqual([]);
    expect((await list('kind=output')).items).toEqual([]);
    expect((await list(`execution_id=${v7()}`)).items).toEqual([]);
  });
});

describe('deleting', () => {
  it('removes the content, the thumbnails and what is known', async () => {
    const gone = await upload('gone.png');
    await get(`${gone}/thumbnail`);
    expect((await get(gone, {}, 'DELETE')).statusCode).toBe(204);
    for (const path of [gone, `${gone}/download`, `${gone}/metadata`, `${gone}/thumbnail`]) {
      const answer = await get(path);
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'NOT_FOUND']);
    }
    expect((await get(gone, {}, 'DELETE')).statusCode).toBe(404);
  });

  it('is for engineers', async () => {
    const inspector = await backend.login('inspector');
    const answer = await backend.app.inject({ method: 'DELETE', url: `/api/v1/files/${id}`, headers: inspector });
    expect(answer.statusCode).toBe(403);
  });
});
