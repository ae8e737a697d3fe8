/** Where a call's image comes from: the object store by reference, or the message itself. */

import { AppError, type ObjectStore } from '@imageflow/core';
import type { ImageBytes__Output, ImageData__Output } from '@imageflow/grpc';
import type { ImageLimits } from '../image/limits.ts';
import { readLocal } from '../image/local.ts';
import { parsePpm, ppmContentType } from '../image/ppm.ts';
import type { ImageSource } from '../image/source.ts';

export interface InputFields {
  readonly input_image?: ImageData__Output | null;
  readonly input_bytes?: ImageBytes__Output | null;
}

/** Throws VALIDATION_ERROR (no image), OBJECT_NOT_FOUND, OBJECT_TOO_LARGE, STORE_UNAVAILABLE, IMAGE_BROKEN. */
export async function loadInput(fields: InputFields, objects: ObjectStore, limits: ImageLimits, signal: AbortSignal): Promise<ImageSource> {
  const { input_image, input_bytes } = fields;
  if (input_image && input_image.object_key !== '') return loadReferenced(input_image, objects, limits, signal);
  if (input_bytes && input_bytes.data.length > 0) return inlineSource(input_bytes);
  throw invalid(
    'input_image',
    '画像がありません。input_image か input_bytes を指定してください',
    'There is no image: give input_image or input_bytes',
  );
}

export function inlineSizeBytes(fields: InputFields): number {
  return fields.input_bytes?.data.length ?? 0;
}

/** An empty bucket means the service's own; no service has a second one. */
export function refuseOtherBucket(bucket: string, objects: ObjectStore, field: string): void {
  if (bucket === '' || bucket === objects.bucket) return;
  throw invalid(
    field,
    `バケット「${bucket}」はありません。使えるのは「${objects.bucket}」です`,
    `There is no bucket "${bucket}"; the one in use is "${objects.bucket}"`,
  );
}

/** Larger pixels are worth another thread: the service answers other calls meanwhile. */
const largestInPlace = 8 * 1024 * 1024;

async function loadReferenced(
  image: ImageData__Output,
  objects: ObjectStore,
  limits: ImageLimits,
  signal: AbortSignal,
): Promise<ImageSource> {
  refuseOtherBucket(image.bucket, objects, 'input_image.bucket');
  const path = objects.localPath(image.object_key);
  if (image.content_type === ppmContentType) {
    const maxBytes = limits.maxPixels * 3 + 64;
    // A file of a folder that is too large takes the store's way too, for its error.
    const local = path === undefined || image.size_bytes > largestInPlace ? undefined : readLocal(path, largestInPlace);
    return { kind: 'pixels', pixels: parsePpm(local ?? (await objects.read(image.object_key, maxBytes, signal))) };
  }
  if (path !== undefined) return { kind: 'encoded', input: { path } };
  return { kind: 'encoded', input: await objects.read(image.object_key, limits.maxFileBytes, signal) };
}

function inlineSource(image: ImageBytes__Output): ImageSource {
  const { data, width, height } = image;
  if (image.format.toUpperCase() !== 'RAW') return { kind: 'encoded', input: data };
  if (width < 1 || height < 1 || data.length !== width * height * 3) {
    throw invalid(
      'input_bytes',
      `RAW 画像は ${width}×${height}×3 = ${width * height * 3} バイト必要ですが、${data.length} バイトです`,
      `A RAW image of ${width}×${height} needs ${width * height * 3} bytes (RGB, 8 bit), there are ${data.length}`,
    );
  }
  return { kind: 'pixels', pixels: { data, width, height } };
}

function invalid(field: string, ja: string, en: string): AppError {
  return new AppError('VALIDATION_ERROR', { detail: { ja, en }, faults: [{ field, message: { ja, en } }] });
}
