/** A step's call and answer as messages of `ProcessorService.Process`. */

import {
  AppError,
  type Box,
  type Detection,
  type ImageReference,
  identityTransform,
  type StepAnswer,
  type StepCall,
  type Transform,
  toOriginalBox,
} from '@imageflow/core';
import type {
  Detection__Output,
  ImageData__Output,
  OutputTarget,
  ProcessRequest,
  ProcessResponse__Output,
  Transform__Output,
} from '@imageflow/grpc';

/** What errors need of a call. */
type NamedCall = Pick<StepCall, 'component'>;

/** An empty bucket is the service's own. */
export function toProcessRequest(call: StepCall): ProcessRequest {
  const { image, transform, output } = call;
  return {
    component: call.component,
    input_image: {
      bucket: '',
      object_key: image.key,
      content_type: image.contentType,
      size_bytes: image.sizeBytes,
      width: image.width,
      height: image.height,
    },
    parameters_json: JSON.stringify(call.parameters),
    detections: call.detections.map((detection) => ({ ...detection })),
    ...(transform === undefined ? {} : { transform: { ...transform } }),
    ...(call.handoverKey === undefined ? {} : { handover: toTarget(call.handoverKey, undefined, undefined) }),
    ...(output === undefined ? {} : { output: toTarget(output.key, output.format, output.quality) }),
    execution_id: call.executionId,
    step_id: call.stepId,
    attempt: call.attempt,
  };
}

/** @throws AppError SERVICE_FAULT when the service says that it failed, or its answer lacks what was asked for. */
export function toStepAnswer(call: StepCall, producesImage: boolean, response: ProcessResponse__Output, instanceId: string): StepAnswer {
  const { result, handover_image, model } = response;
  refuseFailure(call, response);
  const handover = toReference(handover_image);
  const output = toReference(result?.output_image ?? null);
  if (producesImage && call.handoverKey !== undefined && handover === undefined) throw incomplete(call, 'handover_image');
  if (call.output !== undefined && output === undefined) throw incomplete(call, 'result.output_image');
  const given = call.transform ?? identityTransform(call.image.width, call.image.height);
  return {
    instanceId,
    handover,
    output,
    detections: response.detections.map((detection) => toDetection(detection, given, call)),
    transform: toTransform(response.transform) ?? given,
    measures: { ...response.measures },
    model: model === null ? undefined : { name: model.name, sha256: model.sha256, license: model.license, adapter: model.adapter },
    attributes: toAttributes(call, response.attributes_json),
    serviceMs: (result?.processing_time_seconds ?? 0) * 1000,
  };
}

function toTarget(key: string, format: string | undefined, quality: number | undefined): OutputTarget {
  return { bucket: '', object_key: key, format: format ?? '', quality: quality ?? 0 };
}

function toReference(image: ImageData__Output | null): ImageReference | undefined {
  if (image === null || image.object_key === '') return undefined;
  const { object_key, content_type, size_bytes, width, height } = image;
  return { key: object_key, contentType: content_type, sizeBytes: size_bytes, width, height };
}

export function toDetection(wire: Detection__Output, transform: Transform, call: NamedCall): Detection {
  if (wire.bbox === null) throw incomplete(call, 'detections.bbox');
  const bbox = toBox(wire.bbox);
  return {
    class_name: wire.class_name,
    class_id: wire.class_id,
    confidence: round(wire.confidence, 1e6),
    bbox,
    bbox_original: wire.bbox_original === null ? toOriginalBox(transform, bbox) : toBox(wire.bbox_original),
    ...(wire.track_id > 0 ? { track_id: wire.track_id } : {}),
  };
}

/** The messages carry 32-bit floats: 0.92 arrives as 0.9200000166893005. A thousandth of a pixel is finer than any model. */
function toBox(box: Box): Box {
  return { x: round(box.x, 1e3), y: round(box.y, 1e3), width: round(box.width, 1e3), height: round(box.height, 1e3) };
}

function round(value: number, scale: number): number {
  return Math.round(value * scale) / scale;
}

export function toTransform(wire: Transform__Output | null): Transform | undefined {
  if (wire === null || wire.original_width === 0) return undefined;
  const { a, b, tx, c, d, ty, original_width, original_height } = wire;
  return { a, b, tx, c, d, ty, original_width, original_height };
}

export function toAttributes(call: NamedCall, json: string): Readonly<Record<string, unknown>> {
  if (json === '') return {};
  try {
    const attributes: unknown = JSON.parse(json);
    if (typeof attributes === 'object' && attributes !== null && !Array.isArray(attributes)) return attributes as Record<string, unknown>;
  } catch (error) {
    throw incomplete(call, 'attributes_json', error);
  }
  throw incomplete(call, 'attributes_json');
}

function refuseFailure(call: StepCall, response: ProcessResponse__Output): void {
  const status = response.result?.status;
  if (status !== 'PROCESSING_STATUS_FAILED' && status !== 'PROCESSING_STATUS_CANCELLED') return;
  const message = response.result?.message || status;
  throw new AppError('SERVICE_FAULT', {
    detail: { ja: `${call.component} が失敗しました: ${message}`, en: `${call.component} failed: ${message}` },
    retryable: false,
  });
}

function incomplete(call: NamedCall, field: string, cause?: unknown): AppError {
  return new AppError('SERVICE_FAULT', {
    detail: { ja: `${call.component} の応答の ${field} が不正です`, en: `The answer of ${call.component} has no valid ${field}` },
    retryable: false,
    cause,
  });
}
