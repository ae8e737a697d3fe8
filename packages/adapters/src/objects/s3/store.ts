/** Objects in any S3. */
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { AppError, type ByteRange, type LinkOptions, type ObjectInfo, type ObjectStore, type PutOptions } from '@imageflow/core';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { objectTooLarge, rangeOutside } from '../errors.ts';
import { checkKey, checkPrefix } from '../keys.ts';
import { parseS3Address, type S3Address } from './address.ts';
import { isMissing, statusOf, toStoreError } from './errors.ts';
import { signLink } from './link.ts';
import { abortUnfinished, setExpiry } from './unfinished.ts';
import { upload } from './upload.ts';

const connectMs = 3_000;
/** Without a byte in either direction. */
const silentMs = 30_000;
/** The client's own, for throttling and broken connections; its pauses grow to some seconds. */
const attempts = 4;

/** @throws AppError STORE_UNAVAILABLE, VALIDATION_ERROR */
export async function openS3(url: string): Promise<ObjectStore> {
  const address = parseS3Address(url);
  const store = new S3Store(address);
  try {
    await store.prepare();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

function createClient({ endpoint, region, credentials }: S3Address): S3Client {
  return new S3Client({
    region,
    // Of servers other than AWS few have a host name for each bucket.
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(credentials !== undefined && { credentials }),
    maxAttempts: attempts,
    // Checksums beyond the signature: not every server knows them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: new NodeHttpHandler({ connectionTimeout: connectMs, socketTimeout: silentMs }),
  });
}

class S3Store implements ObjectStore {
  readonly kind = 's3';
  readonly bucket: string;
  readonly #downloads: string | undefined;
  readonly #client: S3Client;

  constructor(address: S3Address) {
    this.bucket = address.bucket;
    this.#downloads = address.downloads;
    this.#client = createClient(address);
  }

  /** Makes the bucket when there is none. */
  async prepare(): Promise<void> {
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.bucket }));
    } catch (error) {
      if (statusOf(error) !== 404) throw toStoreError(error, this.bucket);
      await this.#create();
    }
    await setExpiry(this.#client, this.bucket);
    // An account may lack the right to; an upload that is a day old has died.
    await abortUnfinished(this.#client, this.bucket, new Date(Date.now() - 86_400_000)).catch(() => undefined);
  }

  async put(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions): Promise<ObjectInfo> {
    checkKey(key);
    const { signal, contentType } = options;
    if (signal?.aborted === true) throw new AppError('CANCELLED', { cause: signal.reason });
    const source = body instanceof Uint8Array ? undefined : new Source(body);
    try {
      const { sizeBytes, etag } = await upload(
        { client: this.#client, bucket: this.bucket, key },
        source?.bytes() ?? (body as Uint8Array),
        options,
      );
      return { sizeBytes, contentType, etag, lastModified: new Date() };
    } catch (error) {
      throw source?.failure === undefined ? toStoreError(error, key, signal) : source.failure.error;
    }
  }

  async read(key: string, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    const { body, sizeBytes } = await this.#get(key, undefined, signal);
    if (sizeBytes > maxBytes) {
      body.destroy();
      throw objectTooLarge(maxBytes);
    }
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      return Buffer.concat(chunks);
    } catch (error) {
      throw toStoreError(error, key, signal);
    }
  }

  async stream(key: string, range?: ByteRange, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return (await this.#get(key, range, signal)).body;
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    checkKey(key);
    try {
      const found = await this.#client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }));
      return {
        sizeBytes: found.ContentLength ?? 0,
        contentType: found.ContentType ?? 'application/octet-stream',
        etag: found.ETag ?? '',
        lastModified: found.LastModified ?? new Date(0),
      };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw toStoreError(error, key);
    }
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    try {
      await this.#client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }));
    } catch (error) {
      if (!isMissing(error)) throw toStoreError(error, key);
    }
  }

  async *list(prefix: string): AsyncGenerator<string> {
    checkPrefix(prefix);
    let ContinuationToken: string | undefined;
    try {
      do {
        const page = await this.#client.send(
          new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, ...(ContinuationToken !== undefined && { ContinuationToken }) }),
        );
        for (const { Key } of page.Contents ?? []) if (Key !== undefined && !Key.endsWith('/')) yield Key;
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
    } catch (error) {
      throw toStoreError(error, prefix);
    }
  }

  localPath(): undefined {
    return undefined;
  }

  async link(key: string, options: LinkOptions): Promise<string | undefined> {
    checkKey(key);
    if (this.#downloads === undefined) return undefined;
    return signLink(this.#client, { endpoint: this.#downloads, bucket: this.bucket, key }, options);
  }

  async check(): Promise<void> {
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.bucket }));
    } catch (error) {
      throw new AppError('STORE_UNAVAILABLE', { cause: error });
    }
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  async #get(key: string, range: ByteRange | undefined, signal: AbortSignal | undefined): Promise<{ body: Readable; sizeBytes: number }> {
    checkKey(key);
    if (range !== undefined && range.start > range.end) throw rangeOutside(await this.#sizeOf(key));
    const command = new GetObjectCommand({ Bucket: this.bucket, Key: key, ...(range && { Range: `bytes=${range.start}-${range.end}` }) });
    try {
      const answer = await this.#client.send(command, signal === undefined ? {} : { abortSignal: signal });
      return { body: bodyOf(answer, signal), sizeBytes: answer.ContentLength ?? 0 };
    } catch (error) {
      throw statusOf(error) === 416 ? rangeOutside(await this.#sizeOf(key)) : toStoreError(error, key, signal);
    }
  }

  async #sizeOf(key: string): Promise<number> {
    return (await this.head(key))?.sizeBytes ?? 0;
  }

  /** Two programs may start at the same time. */
  async #create(): Promise<void> {
    try {
      await this.#client.send(new CreateBucketCommand({ Bucket: this.bucket }));
    } catch (error) {
      const isThere = error instanceof Error && ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'].includes(error.name);
      if (!isThere) throw toStoreError(error, this.bucket);
    }
  }
}

function bodyOf(answer: GetObjectCommandOutput, signal: AbortSignal | undefined): Readable {
  const { Body } = answer;
  if (!(Body instanceof Readable)) throw new Error('no body');
  if (signal !== undefined) {
    const stop = (): void => void Body.destroy(new AppError('CANCELLED', { cause: signal.reason }));
    signal.addEventListener('abort', stop, { once: true });
    Body.once('close', () => signal.removeEventListener('abort', stop));
  }
  return Body;
}

/** Remembers that it was the source that failed, which is no fault of the store. */
class Source {
  readonly #body: AsyncIterable<Uint8Array>;
  failure: { readonly error: unknown } | undefined;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#body = body;
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#body;
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}
