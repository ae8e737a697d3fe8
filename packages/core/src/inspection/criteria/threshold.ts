import type { Detection } from '../../pipeline/data.ts';
import { areaOf, coveredArea, cutBox } from '../region.ts';
import { findingsOf, findUnknown } from './classes.ts';
import { type CountedMeasure, isCounted, type ThresholdCriterion } from './criterion.ts';
import { type BareReason, found, highestConfidence, notEvaluated, type Outcome, passed, type View } from './outcome.ts';

export function judgeThreshold(criterion: ThresholdCriterion, view: View): Outcome {
  const { measure } = criterion;
  if (isCounted(measure)) return judgeCounted(criterion, measure, view);
  const value = view.measures[measure];
  if (value === undefined || Number.isNaN(value)) return notEvaluated('MEASURE_MISSING', { about: measure });
  const reason = beyond(value, criterion);
  return reason === undefined ? passed(1) : found(reason, 1);
}

/**
 * What the run did not report can only add to a count or an area: a limit that is exceeded stays so, one that is kept is not proven.
 */
function judgeCounted(criterion: ThresholdCriterion, measure: CountedMeasure, view: View): Outcome {
  const listed = findingsOf(criterion.classes, view.detections);
  const counted = listed.filter(({ confidence }) => confidence >= criterion.min_confidence);
  const value = measureFindings(measure, counted, view);
  if (value === undefined) return notEvaluated('SIZE_UNKNOWN');
  const above = exceeded(value, criterion);
  if (above?.verdict === 'NG') return found(above, highestConfidence(counted));
  const unknown = findUnknown(criterion.classes, view);
  if (unknown !== undefined) return unknown;
  const isProven = view.floor <= criterion.min_confidence;
  const reason = isProven ? beyond(value, criterion) : above;
  const seen = highestConfidence(counted);
  // The best that could have gone unseen speaks against "too few" as it does against "none".
  const unseen = 1 - Math.max(highestConfidence(listed), view.floor);
  if (reason !== undefined) return found(reason, reason.code === 'ABOVE_LIMIT' ? seen : unseen);
  if (!isProven) return notEvaluated('FLOOR_ABOVE_LIMIT', { value: view.floor, limit: criterion.min_confidence });
  return passed(hasUpperLimit(criterion) ? unseen : seen);
}

function hasUpperLimit({ ng_above, review_above }: ThresholdCriterion): boolean {
  return ng_above !== undefined || review_above !== undefined;
}

/** The worse of both sides; undefined within all limits. */
function beyond(value: number, criterion: ThresholdCriterion): BareReason | undefined {
  const [above, below] = [exceeded(value, criterion), undershot(value, criterion)];
  return below?.verdict === 'NG' ? below : (above ?? below);
}

function exceeded(value: number, { measure: about, ng_above: ng, review_above: review }: ThresholdCriterion): BareReason | undefined {
  if (ng !== undefined && value > ng) return { code: 'ABOVE_LIMIT', verdict: 'NG', about, value, limit: ng };
  if (review !== undefined && value > review) return { code: 'ABOVE_LIMIT', verdict: 'REVIEW', about, value, limit: review };
  return undefined;
}

function undershot(value: number, { measure: about, ng_below: ng, review_below: review }: ThresholdCriterion): BareReason | undefined {
  if (ng !== undefined && value < ng) return { code: 'BELOW_LIMIT', verdict: 'NG', about, value, limit: ng };
  if (review !== undefined && value < review) return { code: 'BELOW_LIMIT', verdict: 'REVIEW', about, value, limit: review };
  return undefined;
}

/** Undefined: not without the size of the photo. */
function measureFindings(measure: CountedMeasure, findings: readonly Detection[], { shape }: View): number | undefined {
  if (measure === 'count') return findings.length;
  if (measure === 'max_confidence') return highestConfidence(findings);
  if (shape === undefined) return undefined;
  const boxes = findings.map((finding) => finding.bbox_original);
  switch (measure) {
    case 'area_px':
      return coveredArea(boxes, shape);
    case 'area_ratio':
      return coveredArea(boxes, shape) / areaOf(shape);
    case 'max_area_px':
      return Math.max(0, ...boxes.map((box) => coveredArea([box], shape)));
    case 'max_length_px':
      return Math.max(0, ...boxes.map((box) => longestSide(cutBox(box, shape))));
  }
}

function longestSide(box: { readonly width: number; readonly height: number } | undefined): number {
  return box === undefined ? 0 : Math.max(box.width, box.height);
}
