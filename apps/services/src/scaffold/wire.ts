/** Messages of the protos to the core's data and back. */

import { AppError, type Box, type Detection, type ModelIdentity, type Transform } from '@imageflow/core';
import type * as wire from '@imageflow/grpc';

/** Throws VALIDATION_ERROR when a detection has no box. */
export function fromWireDetection(detection: wire.Detection__Output, index: number): Detection {
  const { class_name, class_id, confidence, bbox, bbox_original, track_id } = detection;
  if (bbox === null) throw missingBox(index);
  return {
    class_name,
    class_id,
    confidence,
    bbox: toBox(bbox),
    bbox_original: toBox(bbox_original ?? bbox),
    ...(track_id > 0 ? { track_id } : {}),
  };
}

export function toWireDetection(detection: Detection): wire.Detection {
  return { ...detection, bbox: { ...detection.bbox }, bbox_original: { ...detection.bbox_original } };
}

/** Undefined for an absent one; also for one without a size, which no sender means. */
export function fromWireTransform(transform: wire.Transform__Output | null): Transform | undefined {
  if (transform === null || transform.original_width === 0) return undefined;
  const { a, b, tx, c, d, ty, original_width, original_height } = transform;
  return { a, b, tx, c, d, ty, original_width, original_height };
}

export function toWireModel(model: ModelIdentity | undefined): wire.ModelInfo | null {
  return model === undefined ? null : { ...model };
}

export function toWireTime(epochMs: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(epochMs / 1000);
  return { seconds, nanos: Math.round((epochMs - seconds * 1000) * 1e6) };
}

function toBox(box: wire.BoundingBox__Output): Box {
  const { x, y, width, height } = box;
  return { x, y, width, height };
}

function missingBox(index: number): AppError {
  const message = { ja: `detections[${index}] に bbox がありません`, en: `detections[${index}] has no bbox` };
  return new AppError('VALIDATION_ERROR', { detail: message, faults: [{ field: `detections[${index}].bbox`, message }] });
}
