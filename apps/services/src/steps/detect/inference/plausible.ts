/** Whether a detector's output can mean what its shape says. A YOLOv5 export of one class, for one, has the shape of end-to-end rows. */
import { boxFields } from './boxes.ts';
import type { Implausible } from './messages.ts';

/** Below it a row may be the model's noise, whose corners mean nothing. */
const certainScore = 0.25;
/** Scores of 16-bit models round past 1. */
const highestScore = 1.01;
/** Boxes whose numbers all lie below it are fractions of the image. */
const fractionLimit = 2;

/** Rows of x1, y1, x2, y2, score, class. `classCount` undefined: unknown. */
export function judgeRows(data: Float32Array, classCount: number | undefined): Implausible | undefined {
  let furthest = 0;
  for (let at = 0; at + boxFields <= data.length; at += boxFields) {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0, score = 0, classId = 0] = data.subarray(at, at + boxFields);
    if (!(score >= 0 && score <= highestScore)) return 'score';
    // Unused rows of some exports have class -1.
    if (!Number.isInteger(classId) || classId < -1 || (score > 0 && (classId < 0 || classId >= (classCount ?? Infinity))))
      return 'class_number';
    if (score >= certainScore && (x2 < x1 || y2 < y1)) return 'corners';
    furthest = Math.max(furthest, Math.abs(x2), Math.abs(y2));
  }
  return areFractions(furthest) ? 'not_pixels' : undefined;
}

/** Columns of cx, cy, w, h and a score per class. */
export function judgeColumns(data: Float32Array, count: number): Implausible | undefined {
  let furthest = 0;
  for (const value of data.subarray(0, 2 * count)) furthest = Math.max(furthest, Math.abs(value));
  for (const score of data.subarray(4 * count)) {
    if (!(score >= 0 && score <= highestScore)) return 'score';
  }
  return areFractions(furthest) ? 'not_pixels' : undefined;
}

function areFractions(furthest: number): boolean {
  return furthest > 0 && furthest < fractionLimit;
}
