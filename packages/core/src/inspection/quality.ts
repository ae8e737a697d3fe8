/** Whether a photo is good enough to be judged OK. */
import type { Detection, Measures } from '../pipeline/data.ts';
import type { QualityGate, QualityLimit } from './item.ts';
import type { Reason } from './verdict.ts';

interface Photo {
  readonly width: number;
  readonly height: number;
  readonly detections: readonly Detection[];
  readonly measures: Measures;
}

/** A measure that is missing breaks its limit: nobody knows whether the photo is sharp. */
export function findQualityFaults(photo: Photo, gate: QualityGate | undefined): readonly Reason[] {
  if (gate === undefined) return [];
  const { min_width, min_height, marker } = gate;
  const limits: readonly QualityLimit[] = [
    ...gate.limits,
    ...(min_width === undefined ? [] : [{ measure: 'width', min: min_width }]),
    ...(min_height === undefined ? [] : [{ measure: 'height', min: min_height }]),
  ];
  const values: Measures = { ...photo.measures, width: photo.width, height: photo.height };
  const isMarked = marker === undefined || photo.detections.some(({ class_name }) => class_name === marker);
  const missing: readonly Reason[] = isMarked ? [] : [{ code: 'PHOTO_QUALITY', verdict: 'REVIEW', about: marker }];
  return [...limits.flatMap((limit) => breaks(limit, values[limit.measure])), ...missing];
}

function breaks({ measure, min, max }: QualityLimit, value: number | undefined): readonly Reason[] {
  if (value === undefined || Number.isNaN(value)) return [{ code: 'PHOTO_QUALITY', verdict: 'REVIEW', about: measure }];
  const limit = min !== undefined && value < min ? min : max !== undefined && value > max ? max : undefined;
  return limit === undefined ? [] : [{ code: 'PHOTO_QUALITY', verdict: 'REVIEW', about: measure, value, limit }];
}
