/** Where a call's image goes: encoded for the user, lossless for the next step. */

import { AppError, type ImageFormat, type ObjectStore } from '@imageflow/core';
import { type ImageData, maxMessageBytes, type OutputTarget__Output } from '@imageflow/grpc';
import { contentTypes, isOutputFormat, type OutputFormat, parseOutputFormat } from '../image/encode.ts';
import type { MadeImage } from '../image/made.ts';
import { sniffSource } from '../image/open.ts';
import { ppmChunks, ppmContentType, ppmSizeBytes } from '../image/ppm.ts';
import type { ImageSource } from '../image/source.ts';
import { refuseOtherBucket } from './inputs.ts';
import { toWireTime } from './wire.ts';

/** Lossless, for the next step; a re-run makes it again, so it need not survive a power cut. */
export async function storeHandover(
  image: MadeImage,
  target: OutputTarget__Output,
  objects: ObjectStore,
  signal: AbortSignal,
): Promise<ImageData> {
  refuseOtherBucket(target.bucket, objects, 'handover.bucket');
  const pixels = await image.pixels();
  signal.throwIfAborted();
  const maxBytes = ppmSizeBytes(pixels);
  const options = { contentType: ppmContentType, maxBytes, durable: false, signal };
  await objects.put(target.object_key, chunks(ppmChunks(pixels)), options);
  return describeStored(objects, target.object_key, ppmContentType, maxBytes, pixels);
}

interface Storing {
  readonly objects: ObjectStore;
  readonly signal: AbortSignal;
  /** Whether the image has to survive a power cut from now on; reaching the disk takes longer than a small image's whole work. */
  readonly durable: boolean;
}

/** Encoded, for the user. */
export async function storeOutput(
  image: MadeImage,
  target: OutputTarget__Output,
  format: OutputFormat,
  { objects, signal, durable }: Storing,
): Promise<ImageData> {
  refuseOtherBucket(target.bucket, objects, 'output.bucket');
  const encoded = await image.encode(format, target.quality === 0 ? undefined : target.quality);
  signal.throwIfAborted();
  await objects.put(target.object_key, encoded, { contentType: contentTypes[format], maxBytes: encoded.length, durable, signal });
  return describeStored(objects, target.object_key, contentTypes[format], encoded.length, image);
}

/** Past gRPC's limit the caller would only see a failed connection. Throws TOO_LARGE. */
export function refuseLargeAnswer(sizeBytes: number): void {
  if (sizeBytes <= largestInline) return;
  const [size, limit] = [sizeBytes, largestInline].map((bytes) => (bytes / 1024 / 1024).toFixed(1));
  throw new AppError('TOO_LARGE', {
    detail: {
      ja: `結果の画像は ${size} MiB で、メッセージの上限 ${limit} MiB を超えます。オブジェクトストアの参照渡しを使うか、画像を小さくしてください`,
      en: `The resulting image has ${size} MiB, more than the ${limit} MiB a message may carry. Pass images by reference or make it smaller`,
    },
    extensions: { size_bytes: sizeBytes, max_bytes: largestInline },
  });
}

/** The rest of the message (detections, measures) needs room too. */
const largestInline = maxMessageBytes - 1024 * 1024;

/** What the target's format says, else its key, else what `image` is. Throws VALIDATION_ERROR for an unknown format. */
export async function chooseFormat(target: { format: string; object_key: string }, image: ImageSource): Promise<OutputFormat> {
  return parseOutputFormat(target.format) ?? extensionFormat(target.object_key) ?? writableFormat(await sniffSource(image));
}

/** As the input, JPEG when that cannot be written. */
function writableFormat(inputFormat: ImageFormat | 'raw'): OutputFormat {
  return isOutputFormat(inputFormat) ? inputFormat : 'jpeg';
}

/** A key that ends in ".png" gets a PNG, so that names and contents in the store agree. */
function extensionFormat(key: string): OutputFormat | undefined {
  const extension = /\.([a-z]+)$/.exec(key)?.[1] ?? '';
  const known: Readonly<Record<string, OutputFormat>> = {
    jpg: 'jpeg',
    jpeg: 'jpeg',
    png: 'png',
    webp: 'webp',
    avif: 'avif',
    tif: 'tiff',
    tiff: 'tiff',
  };
  return known[extension];
}

function describeStored(
  objects: ObjectStore,
  key: string,
  contentType: string,
  sizeBytes: number,
  size: { width: number; height: number },
): ImageData {
  return {
    bucket: objects.bucket,
    object_key: key,
    content_type: contentType,
    size_bytes: sizeBytes,
    width: size.width,
    height: size.height,
    created_at: toWireTime(Date.now()),
  };
}

async function* chunks(parts: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* parts;
}
