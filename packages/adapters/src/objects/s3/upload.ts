/** Bodies of any length on their way into S3: one request when they are short, parts when they are not. A failure leaves nothing. */
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { PutOptions } from '@imageflow/core';
import { abortable } from '../abort.ts';
import { objectTooLarge } from '../errors.ts';

/** S3 wants 5 MiB or more a part, and 10,000 parts at most: objects up to 80 GB. One part is held in memory, so that it can be sent again. */
const partBytes = 8 * 1024 * 1024;

export interface Uploaded {
  readonly sizeBytes: number;
  readonly etag: string;
}

interface Target {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
}

export async function upload(target: Target, body: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions): Promise<Uploaded> {
  if (body instanceof Uint8Array) {
    if (body.length > options.maxBytes) throw objectTooLarge(options.maxBytes);
    return putWhole(target, body, options);
  }
  const parts = partsOf(bounded(abortable(body, options.signal), options.maxBytes))[Symbol.asyncIterator]();
  try {
    const first = await parts.next();
    const second = first.done === true ? first : await parts.next();
    if (second.done === true) return await putWhole(target, first.done === true ? new Uint8Array(0) : first.value, options);
    return await putParts(target, first.value, second.value, { [Symbol.asyncIterator]: () => parts }, options);
  } finally {
    // Tells the source that no more is wanted.
    await parts.return?.(undefined);
  }
}

async function putWhole({ client, bucket, key }: Target, body: Uint8Array, { contentType, signal }: PutOptions): Promise<Uploaded> {
  const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentLength: body.length, ContentType: contentType });
  const { ETag } = await client.send(command, signalled(signal));
  return { sizeBytes: body.length, etag: ETag ?? '' };
}

async function putParts(
  target: Target,
  first: Uint8Array,
  second: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
  { contentType, signal }: PutOptions,
): Promise<Uploaded> {
  const { client, bucket, key } = target;
  const place = { Bucket: bucket, Key: key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...place, ContentType: contentType }), signalled(signal));
  if (UploadId === undefined) throw new Error('no UploadId');
  const parts: CompletedPart[] = [];
  let sizeBytes = 0;
  const send = async (body: Uint8Array): Promise<void> => {
    const PartNumber = parts.length + 1;
    const command = new UploadPartCommand({ ...place, UploadId, PartNumber, Body: body, ContentLength: body.length });
    const { ETag } = await client.send(command, signalled(signal));
    parts.push({ PartNumber, ETag });
    sizeBytes += body.length;
  };
  try {
    await send(first);
    await send(second);
    for await (const part of rest) await send(part);
    const whole = new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts: parts } });
    const { ETag } = await client.send(whole, signalled(signal));
    return { sizeBytes, etag: ETag ?? '' };
  } catch (error) {
    // Without the signal: it has to be done when that is what ended it. What is left over in spite of it, the bucket's rule removes.
    await client.send(new AbortMultipartUploadCommand({ ...place, UploadId })).catch(() => undefined);
    throw error;
  }
}

async function* partsOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    waiting.push(chunk);
    length += chunk.length;
    if (length < partBytes) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(waiting);
}

async function* bounded(source: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > maxBytes) throw objectTooLarge(maxBytes);
    yield chunk;
  }
}

function signalled(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
