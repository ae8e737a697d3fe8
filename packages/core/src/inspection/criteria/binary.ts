import { findingsOf, findUnknown } from './classes.ts';
import type { BinaryCriterion } from './criterion.ts';
import { found, highestConfidence, notEvaluated, type Outcome, passed, type View } from './outcome.ts';

export function judgeBinary(criterion: BinaryCriterion, view: View): Outcome {
  const { classes, ng_confidence: ng, review_confidence: review } = criterion;
  const listed = findingsOf(classes, view.detections);
  const strongest = listed.reduce((best, each) => (each.confidence > best.confidence ? each : best), { class_name: '', confidence: -1 });
  const { class_name: about, confidence: value } = strongest;
  if (value >= ng) return found({ code: 'CLASS_FOUND', verdict: 'NG', about, value, limit: ng }, value);
  const unknown = findUnknown(classes, view);
  if (unknown !== undefined) return unknown;
  if (value >= review) return found({ code: 'CLASS_FOUND', verdict: 'REVIEW', about, value, limit: review }, value);
  if (view.floor > review) return notEvaluated('FLOOR_ABOVE_LIMIT', { value: view.floor, limit: review });
  return passed(1 - Math.max(highestConfidence(listed), view.floor));
}
