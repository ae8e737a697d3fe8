import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetBucketLifecycleConfigurationCommand,
  ListMultipartUploadsCommand,
  PutBucketLifecycleConfigurationCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { ObjectStore } from '@imageflow/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isWithout, type S3Server, startSeaweed, startVersitygw } from '../../../../../scripts/servers/index.ts';
import { openObjects } from '../index.ts';
import { describeObjectStore } from '../objects.contract.ts';
import { parseS3Address } from './address.ts';
import { abortUnfinished } from './unfinished.ts';

const options = { contentType: 'image/png', maxBytes: 1e9, durable: true };

/** The port is S3, not one maker's: what one of them forgives, another refuses. */
describe.each([
  ['seaweedfs', startSeaweed],
  ['versitygw', startVersitygw],
] as const)('with %s', (name, startServer) => {
  describe.skipIf(isWithout(name))('running', () => describeServer(name, startServer));
});

function describeServer(name: string, startServer: () => Promise<S3Server>): void {
  let server: S3Server;
  let shared: Promise<ObjectStore> | undefined;
  const open = (): Promise<ObjectStore> => {
    shared ??= openObjects(server.url());
    return shared;
  };
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server?.remove());

  describeObjectStore(`s3 of ${name}`, async () => ({ open }));

  it('stores a body of several parts, and leaves nothing of one that fails', async () => {
    const store = await open();
    async function* large(megabytes: number, fails: boolean): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < megabytes; index += 1) yield Buffer.alloc(1_000_000, index);
      if (fails) throw new Error('gone');
    }
    const info = await store.put('large/a', large(20, false), options);
    expect(info.sizeBytes).toBe(20_000_000);
    expect(await store.head('large/a')).toMatchObject({ sizeBytes: 20_000_000, etag: info.etag, contentType: 'image/png' });
    const bytes = await store.read('large/a', 1e9);
    expect([bytes[0], bytes[19_999_999]]).toEqual([0, 19]);
    await expect(store.put('large/b', large(20, true), options)).rejects.toThrow('gone');
    await expect(store.put('large/c', large(20, false), { ...options, maxBytes: 12_000_000 })).rejects.toMatchObject({
      code: 'OBJECT_TOO_LARGE',
    });
    expect(await Promise.all(['large/b', 'large/c'].map((key) => store.head(key)))).toEqual([undefined, undefined]);
  });

  it('gives addresses by which anyone gets one object, for a while', async () => {
    const [plain, store] = [await open(), await openObjects(`${server.url()}&downloads=http://127.0.0.1:${server.port}`)];
    const key = "links/検査 (1)!*'+&=%.png";
    await store.put(key, Buffer.from('pixels'), options);
    const disposition = `attachment; filename="a'b.png"; filename*=UTF-8''%E6%A4%9C.png`;
    const wishes = { seconds: 60, contentType: 'image/png', disposition };
    expect(await plain.link(key, wishes)).toBeUndefined();
    const link = (await store.link(key, wishes)) ?? '';
    const answer = await fetch(link);
    expect([answer.status, await answer.text()]).toEqual([200, 'pixels']);
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(answer.headers.get('content-disposition')).toBe(disposition);
    const part = await fetch(link, { headers: { range: 'bytes=1-2' } });
    expect([part.status, await part.text()]).toEqual([206, 'ix']);
    for (const other of [link.replace('links/', 'other/'), link.replace('X-Amz-Expires=60', 'X-Amz-Expires=600')]) {
      expect(other).not.toBe(link);
      expect((await fetch(other)).status).toBe(403);
    }
    const short = (await store.link(key, { ...wishes, seconds: 1 })) ?? '';
    await expect.poll(async () => (await fetch(short)).status, { timeout: 20_000, interval: 500 }).toBe(403);
    await store.close();
  });

  describe('uploads in parts that nobody ends', () => {
    const bucket = 'unfinished';
    let client: S3Client;
    beforeAll(async () => {
      const { endpoint = '', region, credentials } = parseS3Address(server.url(bucket));
      client = new S3Client({ endpoint, region, forcePathStyle: true, ...(credentials !== undefined && { credentials }) });
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
    });
    afterAll(() => client?.destroy());

    it('are removed when they are old', async () => {
      const place = { Bucket: bucket, Key: 'uploads/half' };
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(place));
      await client.send(new UploadPartCommand({ ...place, UploadId, PartNumber: 1, Body: Buffer.alloc(5 * 1024 * 1024) }));
      const count = async () => (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0;
      await abortUnfinished(client, bucket, new Date(Date.now() - 3_600_000));
      expect(await count()).toBe(1);
      await abortUnfinished(client, bucket, new Date(Date.now() + 3_600_000));
      expect(await count()).toBe(0);
    });

    it.runIf(name === 'seaweedfs')('have a rule in the bucket, beside those that others made', async () => {
      const own = { ID: 'of-the-plant', Status: 'Enabled', Filter: { Prefix: 'old/' }, Expiration: { Days: 30 } } as const;
      const rules = { Bucket: bucket, LifecycleConfiguration: { Rules: [own] } };
      await client.send(new PutBucketLifecycleConfigurationCommand(rules));
      const ids = async () => {
        const { Rules } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
        return Rules?.map(({ ID }) => ID).sort();
      };
      for (const _start of [1, 2]) {
        await (await openObjects(server.url(bucket))).close();
        expect(await ids()).toEqual(['imageflow-unfinished-uploads', 'of-the-plant']);
      }
    });
  });

  it('says STORE_UNAVAILABLE while the server is away, and goes on by itself when it is back', async () => {
    const store = await open();
    await store.put('away/a', Buffer.from('kept'), options);
    await server.kill();
    const all = [() => store.put('away/b', Buffer.from('x'), options), () => store.read('away/a', 10), () => store.check()];
    for (const work of all) await expect(work()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    await server.start();
    await store.check();
    expect(Buffer.from(await store.read('away/a', 10)).toString()).toBe('kept');
    await store.put('away/b', Buffer.from('x'), options);
  });
}

describe('the address', () => {
  it('names bucket, server, region and keys', () => {
    const downloads = 'https://images.example';
    expect(parseS3Address(`s3://key:se%2Fcret@plant-1?endpoint=https://s3.example:9000&region=eu-1&downloads=${downloads}`)).toEqual({
      bucket: 'plant-1',
      endpoint: 'https://s3.example:9000',
      region: 'eu-1',
      downloads,
      credentials: { accessKeyId: 'key', secretAccessKey: 'se/cret' },
    });
    expect(parseS3Address('s3://plant-1')).toEqual({ bucket: 'plant-1', endpoint: undefined, region: 'us-east-1', credentials: undefined });
  });

  it.each(['ftp://x', 'https://images.example/path', 'https://key@images.example', 'images'])('refuses downloads=%s', (downloads) => {
    expect(() => parseS3Address(`s3://bucket?downloads=${downloads}`)).toThrow('as clients reach it');
  });

  it.each(['s3://', 's3://UPPER_case!', 's3://bucket?endpoint=ftp://x', 's3://a'])('refuses %s', (address) => {
    expect(() => parseS3Address(address)).toThrow('Give the address of S3');
  });
});

describe('a server that fails', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  /** A store on a server that answers as told, once the bucket is there. */
  async function openFailing(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<ObjectStore> {
    const server = createServer((request, response) => {
      request.resume();
      if (/^\/bucket\/?(\?|$)/.test(request.url ?? '')) response.end();
      else answer(request, response);
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    return openObjects(`s3://key:secret@bucket?endpoint=http://127.0.0.1:${port}`);
  }

  const refuse = (status: number, code: string) => (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
  };

  it('because it is full is STORE_FULL', async () => {
    const store = await openFailing(refuse(507, 'XMinioStorageFull'));
    await expect(store.put('a', Buffer.from('x'), options)).rejects.toMatchObject({ code: 'STORE_FULL' });
  });

  it('in any other way is STORE_UNAVAILABLE, which may pass', async () => {
    const store = await openFailing(refuse(403, 'AccessDenied'));
    const all = [
      () => store.put('a', Buffer.from('x'), options),
      () => store.read('a', 10),
      () => store.delete('a'),
      () => store.head('a'),
    ];
    for (const work of all) await expect(work()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  });

  it('for a moment is asked again', async () => {
    let asked = 0;
    const store = await openFailing((request, response) => {
      asked += 1;
      if (asked < 3) refuse(503, 'SlowDown')(request, response);
      else response.writeHead(200, { etag: '"tag"' }).end();
    });
    expect(await store.put('a', Buffer.from('x'), options)).toMatchObject({ etag: '"tag"' });
    expect(asked).toBe(3);
  });

  it('is left at once when the caller gives up', async () => {
    const abort = new AbortController();
    const store = await openFailing(() => abort.abort());
    const work = store.put('a', Buffer.from('x'), { ...options, signal: abort.signal });
    await expect(work).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('and one that is not there are the same at the start', async () => {
    await expect(openObjects('s3://key:secret@bucket?endpoint=http://127.0.0.1:9')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
