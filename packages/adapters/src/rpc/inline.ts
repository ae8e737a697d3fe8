/** Images inside the messages, for services that do not reach the object store: the pool reads and stores for them. */

import { AppError, type ImageReference, type ObjectStore, type StepCall, sniffBytes, sniffFormat } from '@imageflow/core';
import type { ImageBytes, ImageBytes__Output, ImageData__Output, ProcessRequest, ProcessResponse__Output } from '@imageflow/grpc';
import { toProcessRequest } from './wire.ts';

export type InlineStore = Pick<ObjectStore, 'read' | 'put'>;

/** Below the limit of a message by what the rest of it may need. */
const maxImageBytes = 60 * 1024 * 1024;
const ppmContentType = 'image/x-portable-pixmap';

/** @throws AppError TOO_LARGE, and what the store throws */
export async function toInlineRequest(call: StepCall, objects: InlineStore, signal: AbortSignal): Promise<ProcessRequest> {
  const { input_image, handover, output, ...rest } = toProcessRequest(call);
  return {
    ...rest,
    input_bytes: await readImage(call.image, objects, signal),
    inline_handover: handover !== undefined,
    ...(output ? { output: { ...output, object_key: '' } } : {}),
  };
}

/** Stores the images of an answer under the keys of the call; the answer then looks as if the service had done so. */
export async function storeInlineImages(
  call: StepCall,
  response: ProcessResponse__Output,
  objects: InlineStore,
  signal: AbortSignal,
): Promise<ProcessResponse__Output> {
  const { handover_bytes, result } = response;
  const [handover, output] = await Promise.all([
    call.handoverKey === undefined || handover_bytes === null ? null : storePixels(handover_bytes, call.handoverKey, objects, signal),
    call.output === undefined || !result?.output_data.length ? null : storeEncoded(result, call, objects, signal),
  ]);
  return { ...response, handover_image: handover, result: result === null ? null : { ...result, output_image: output } };
}

async function readImage(image: ImageReference, objects: InlineStore, signal: AbortSignal): Promise<ImageBytes> {
  const bytes = await objects.read(image.key, maxImageBytes, signal).catch(refuseTooLarge);
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { width, height } = image;
  if (image.contentType !== ppmContentType) {
    return { data, format: sniffFormat(data.subarray(0, sniffBytes))?.toUpperCase() ?? '', width, height };
  }
  return { data: data.subarray(data.length - width * height * 3), format: 'RAW', width, height };
}

async function storePixels(image: ImageBytes__Output, key: string, objects: InlineStore, signal: AbortSignal): Promise<ImageData__Output> {
  const { data, width, height, format } = image;
  if (format.toUpperCase() !== 'RAW' || width < 1 || height < 1 || data.length !== width * height * 3) {
    throw wrongImage(
      'handover_bytes',
      `RAW, ${width}×${height}×3 = ${width * height * 3} bytes, got ${format || 'no format'}, ${data.length} bytes`,
    );
  }
  const header = Buffer.from(`P6\n${width} ${height}\n255\n`, 'latin1');
  const sizeBytes = header.length + data.length;
  const pieces = (async function* () {
    yield header;
    yield data;
  })();
  await objects.put(key, pieces, { contentType: ppmContentType, maxBytes: sizeBytes, durable: false, signal });
  return toImageData(key, ppmContentType, sizeBytes, width, height);
}

type Result = NonNullable<ProcessResponse__Output['result']>;

async function storeEncoded(result: Result, call: StepCall, objects: InlineStore, signal: AbortSignal): Promise<ImageData__Output> {
  const { output_data: data, metadata } = result;
  const format = sniffFormat(data.subarray(0, sniffBytes));
  if (format === undefined) throw wrongImage('result.output_data', 'JPEG, PNG, WebP, AVIF or TIFF');
  const key = call.output?.key ?? '';
  const contentType = `image/${format}`;
  await objects.put(key, data, { contentType, maxBytes: data.length, durable: true, signal });
  return toImageData(key, contentType, data.length, Number(metadata.width ?? 0), Number(metadata.height ?? 0));
}

function toImageData(key: string, contentType: string, sizeBytes: number, width: number, height: number): ImageData__Output {
  return { bucket: '', object_key: key, content_type: contentType, size_bytes: sizeBytes, width, height, created_at: null };
}

function refuseTooLarge(error: unknown): never {
  if (!(error instanceof AppError) || error.code !== 'OBJECT_TOO_LARGE') throw error;
  throw new AppError('TOO_LARGE', {
    detail: {
      ja: '画像をメッセージで渡すサービスには 60 MiB を超える画像を渡せません。先に縮小してください',
      en: 'This service gets its images inside messages, up to 60 MiB. Put a resize step before it',
    },
    cause: error,
  });
}

function wrongImage(field: string, expected: string): AppError {
  return new AppError('SERVICE_FAULT', {
    detail: {
      ja: `サービスの応答の ${field} が不正です（必要: ${expected}）`,
      en: `The service answered no valid ${field}; needed: ${expected}`,
    },
    retryable: false,
  });
}
