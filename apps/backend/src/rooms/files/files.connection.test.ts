/** Uploads over real connections: what a client sees that is refused, slow, or gone. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { form, formEnd, formPart, formType } from './test-form.ts';
import { encoded, foreign } from './test-images.ts';

let backend: TestBackend;
let port: number;
let authorization: string;
const maxFileBytes = 2_000_000;

beforeAll(async () => {
  backend = await openTestBackend({ env: { IMAGEFLOW_MAX_FILE_BYTES: String(maxFileBytes) } });
  port = Number(new URL(await backend.listen()).port);
  ({ authorization } = await backend.login('inspector'));
});
afterAll(() => backend.close());

const head = (length: number | 'chunked'): string =>
  [
    'POST /api/v1/files HTTP/1.1',
    'host: test',
    `authorization: ${authorization}`,
    `content-type: ${formType}`,
    length === 'chunked' ? 'transfer-encoding: chunked' : `content-length: ${length}`,
    '\r\n',
  ].join('\r\n');

interface Client {
  readonly socket: Socket;
  /** Status of the next answer. */
  status(): Promise<number>;
}

async function open(): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  let text = '';
  let seen = 0;
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  await once(socket, 'connect');
  const status = async (): Promise<number> => {
    await vi.waitFor(() => expect(text.indexOf('HTTP/1.1 ', seen)).toBeGreaterThanOrEqual(0), { timeout: 5_000, interval: 5 });
    const at = text.indexOf('HTTP/1.1 ', seen);
    seen = at + 12;
    return Number(text.slice(at + 9, at + 12));
  };
  return { socket, status };
}

async function write(socket: Socket, bytes: Buffer | string): Promise<void> {
  if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
}

function unfinished(): string[] {
  return readdirSync(join(backend.config.objectsUrl.slice('folder:'.length), '.new'));
}

const bigJpeg = async (): Promise<Buffer> => Buffer.concat([await encoded('jpeg'), Buffer.alloc(20_000_000)]);

describe('a client', () => {
  it('that sends ten times the limit gets its 413, and its next request on the same connection is answered', async () => {
    const body = form({ filename: 'big.jpg', content: await bigJpeg() });
    const { socket, status } = await open();
    for (let time = 0; time < 3; time += 1) {
      await write(socket, head(body.length));
      await write(socket, body);
      expect(await status()).toBe(413);
    }
    const good = form({ filename: 'a.png', content: await encoded('png') });
    await write(socket, head(good.length));
    await write(socket, good);
    expect(await status()).toBe(201);
    socket.destroy();
  });

  it('that announces more than all files may have is refused before it sends them', async () => {
    const { socket, status } = await open();
    await write(socket, head(10_000_000_000));
    expect(await status()).toBe(413);
    socket.destroy();
  });

  it('is told at once that its file is no image, while it still sends', async () => {
    const { socket, status } = await open();
    const part = formPart({ filename: 'page.png', content: Buffer.concat([foreign.HTML ?? Buffer.alloc(0), Buffer.alloc(1000)]) });
    await write(socket, head(part.length + 1_000_000));
    await write(socket, part);
    expect(await status()).toBe(415);
    socket.destroy();
  });

  it('that sends in small pieces is served', async () => {
    const body = form(
      { filename: 'a.png', content: (await encoded('png', 64, 48)).subarray() },
      { filename: 'b.gif', content: await encoded('gif', 32, 32) },
    );
    const { socket, status } = await open();
    await write(socket, head('chunked'));
    for (let at = 0; at < body.length; at += 97) {
      const piece = body.subarray(at, at + 97);
      await write(socket, Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]));
    }
    await write(socket, '0\r\n\r\n');
    expect(await status()).toBe(201);
    socket.destroy();
  });

  it('that goes away in the middle leaves nothing', async () => {
    const part = formPart({ filename: 'a.png', content: await encoded('png') });
    const jpeg = (await bigJpeg()).subarray(0, 1_000_000);
    const { socket } = await open();
    await write(socket, head(3_000_000));
    await write(socket, part);
    await write(socket, formPart({ filename: 'b.jpg', content: jpeg }).subarray(0, -10));
    await vi.waitFor(() => expect(unfinished()).toHaveLength(1), { timeout: 5_000 });
    socket.destroy();
    await vi.waitFor(() => expect(unfinished()).toEqual([]), { timeout: 5_000 });
    const files = await backend.app.inject({ url: '/api/v1/files?search=a.png', headers: { authorization } });
    const listed = files.json<{ items: unknown[] }>().items.length;
    const root = join(backend.config.objectsUrl.slice('folder:'.length), 'imageflow', 'uploads');
    const all = (await backend.app.inject({ url: '/api/v1/files?limit=200', headers: { authorization } })).json<{ items: unknown[] }>()
      .items;
    expect(listed).toBeLessThanOrEqual(all.length);
    await vi.waitFor(() => expect(readdirSync(root)).toHaveLength(all.length), { timeout: 5_000 });
  });

  it('that ends its body too early is told so', async () => {
    const part = formPart({ filename: 'a.png', content: await encoded('png') });
    const { socket, status } = await open();
    await write(socket, head('chunked'));
    await write(socket, `${part.length.toString(16)}\r\n`);
    await write(socket, part);
    await write(socket, '\r\n0\r\n\r\n');
    expect(await status()).toBe(400);
    const good = Buffer.concat([part, Buffer.from(formEnd)]);
    await write(socket, head(good.length));
    await write(socket, good);
    expect(await status()).toBe(201);
    socket.destroy();
  });

  it('gets the same from a fetch of a form', async () => {
    const data = new FormData();
    data.append('files', new Blob([new Uint8Array(await bigJpeg())]), '大きい.jpg');
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/files`, { method: 'POST', headers: { authorization }, body: data });
    expect(answer.status).toBe(413);
    expect(await answer.text()).toContain('大きい.jpg');
  });
});
