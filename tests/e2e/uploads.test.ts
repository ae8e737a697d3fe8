/** Files that broke other systems, sent to run: each is refused by name, nothing of it stays, and the platform goes on. */
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { ApiError, type Client } from '@imageflow/client';
import { executionRoutes, fileRoutes } from '@imageflow/contract';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cut, encoded, foreign, hugeBmp, hugePng } from '../../apps/backend/src/rooms/files/test-images.ts';
import { columns } from './columns.ts';
import { formOf, readSample, runImage } from './images.ts';
import { openTestPlatform, type TestPlatform } from './platform.ts';

const maxFileBytes = 3_000_000;

for (const column of columns) {
  describe.skipIf(column.isLeftOut)(`on ${column.name}`, () => {
    let platform: TestPlatform;
    let client: Client;

    beforeAll(async () => {
      platform = await openTestPlatform({ IMAGEFLOW_MAX_FILE_BYTES: String(maxFileBytes), IMAGEFLOW_MAX_FILES: '4' }, column);
      client = await platform.client('inspector');
    }, 120_000);
    afterAll(() => platform?.close());

    async function refused(files: readonly (readonly [string, Uint8Array])[], fields: Record<string, string> = {}): Promise<ApiError> {
      const form = formOf(
        { pipeline_id: 'quality-inspection-v1', ...fields },
        files.map(([name, bytes]) => [name, new Uint8Array(bytes)] as const),
      );
      try {
        await client.call(executionRoutes.createExecution, { form });
      } catch (error) {
        if (error instanceof ApiError) return error;
        throw error;
      }
      return expect.fail('was accepted');
    }

    async function expectNothingLeft(): Promise<void> {
      expect(await platform.objects()).toEqual([]);
      expect((await client.call(executionRoutes.listExecutions, {})).items).toEqual([]);
      expect((await client.call(fileRoutes.listFiles, {})).items).toEqual([]);
    }

    describe('what is no good image', () => {
      test.each(Object.entries(foreign))('%s is 415, and the file is named', async (_kind, bytes) => {
        const error = await refused([['photo.png', bytes]]);
        expect([error.status, error.code]).toEqual([415, 'UNSUPPORTED_MEDIA']);
        expect(JSON.stringify(error.problem)).toContain('photo.png');
      });

      test.each(['jpeg', 'png', 'webp', 'tiff', 'gif', 'bmp'] as const)('%s cut at 10, 50 and 90 % is 422', async (format) => {
        const whole = await encoded(format);
        for (const share of [0.1, 0.5, 0.9]) {
          const error = await refused([[`cut.${format}`, cut(whole, share)]]);
          expect([format, share, error.status, error.code]).toEqual([format, share, 422, 'IMAGE_BROKEN']);
        }
      });

      test.each([
        ['PNG', hugePng()],
        ['BMP', hugeBmp()],
      ])('252 megapixels of %s are 413, with the limit named', async (_format, bytes) => {
        const error = await refused([['huge', bytes]]);
        expect([error.status, error.code]).toEqual([413, 'TOO_LARGE']);
        expect(error.message).toMatch(/100/);
      });

      test('a good file does not save a bad one: nothing of the request is kept', async () => {
        const good = await encoded('png');
        expect(
          await refused([
            ['good.png', good],
            ['bad.png', cut(good, 0.5)],
          ]),
        ).toMatchObject({ code: 'IMAGE_BROKEN' });
        expect(await refused([['good.png', good]], { parameters: '{"resize":{"target_width":-1}}' })).toMatchObject({
          status: expect.any(Number),
        });
        expect(await refused(Array.from({ length: 5 }, (_, index) => [`${index}.png`, good] as const))).toMatchObject({ status: 413 });
      });

      test('leaves nothing behind', expectNothingLeft);
    });

    describe('forms that are none', () => {
      const authorization = async (): Promise<string> => {
        const answer = await fetch(`${platform.address}/api/v1/auth/login`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ username: 'inspector-of-the-tests', password: 'a-user-of-the-tests' }),
        });
        return `Bearer ${((await answer.json()) as { access_token: string }).access_token}`;
      };

      test.each([
        ['without an end', '--x\r\ncontent-disposition: form-data; name="input_files"; filename="a.png"\r\n\r\nabc'],
        ['without a disposition', '--x\r\n\r\nabc\r\n--x--\r\n'],
        ['without any part', '--x--\r\n'],
        ['with another boundary', '--y\r\ncontent-disposition: form-data; name="pipeline_id"\r\n\r\na\r\n--y--\r\n'],
        ['of noise', '\0\x01\x02'.repeat(1000)],
      ])('%s get an answer at once', async (_what, body) => {
        const headers = { authorization: await authorization(), 'content-type': 'multipart/form-data; boundary=x' };
        const answer = await fetch(`${platform.address}/api/v1/executions`, {
          method: 'POST',
          headers,
          body,
          signal: AbortSignal.timeout(5_000),
        });
        expect([400, 415, 422]).toContain(answer.status);
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
      });

      test('clients that go away in the middle, and floods past the limit, leave nothing and cost no memory', async () => {
        const before = await residentBytes();
        const head = [
          'POST /api/v1/executions HTTP/1.1',
          'host: x',
          `authorization: ${await authorization()}`,
          'content-type: multipart/form-data; boundary=x',
          'transfer-encoding: chunked',
          '\r\n',
        ].join('\r\n');
        await Promise.all(Array.from({ length: 8 }, (_, index) => flood(head, index % 2 === 0 ? 60 : 2)));
        await vi.waitFor(expectNothingLeft, { timeout: 10_000 });
        expect((await residentBytes()) - before).toBeLessThan(150_000_000);
      });

      test('and then a good photo runs', async () => {
        const execution = await runImage(client, 'quality-inspection-v1', 'plate.png', await readSample('defects/4000_0001.png'));
        expect(execution.status).toBe('completed');
      });

      test('which is downloaded from the object store where clients reach it, else from here', async () => {
        const photo = await readSample('defects/4000_0001.png');
        const stored = await client.call(fileRoutes.uploadFiles, { form: formOf({}, [['検査.png', photo]]) });
        const url = `${platform.address}${stored.items[0]?.download_url}?direct=true`;
        const headers = { authorization: await authorization() };
        const answer = await fetch(url, { headers, redirect: 'manual' });
        expect(answer.status).toBe(column.name === 'embedded' ? 200 : 307);
        const picture = answer.status === 200 ? answer : await fetch(answer.headers.get('location') ?? '');
        expect(Buffer.from(await picture.arrayBuffer()).equals(photo)).toBe(true);
        expect(picture.headers.get('content-disposition')).toContain(
          `attachment; filename="__.png"; filename*=UTF-8''%E6%A4%9C%E6%9F%BB.png`,
        );
        expect((await fetch(url, { headers, method: 'HEAD', redirect: 'manual' })).status).toBe(200);
      });
    });

    /** Sends so many megabytes of one file, or as many as are taken, and goes away. */
    async function flood(head: string, megabytes: number): Promise<void> {
      const socket = connect(Number(new URL(platform.address).port), '127.0.0.1');
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.on('error', () => undefined);
      socket.on('data', () => undefined);
      socket.write(head);
      const piece = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1 << 20, 0xaa), Buffer.from('\r\n')]);
      const start = '--x\r\ncontent-disposition: form-data; name="input_files"; filename="a.jpg"\r\n\r\n\xff\xd8\xff\xe0';
      socket.write(Buffer.from(`${start.length.toString(16)}\r\n${start}\r\n`, 'latin1'));
      for (let sent = 0; sent < megabytes && socket.writable; sent += 1) {
        if (!socket.write(piece)) await Promise.race([closed, new Promise<void>((resolve) => socket.once('drain', resolve))]);
      }
      socket.destroy();
      await closed;
    }

    /** Of the backend; 0 where the system does not tell. */
    async function residentBytes(): Promise<number> {
      const status = await readFile(`/proc/${platform.backendPid()}/status`, 'utf8').catch(() => '');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
    }
  });
}
