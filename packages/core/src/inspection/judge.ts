/**
 * From what a run found to a verdict: finding → criterion → region → photo → item. Every rule is monotone: one more finding of a defect, or a
 * worse measure, never improves a verdict.
 */
import type { Detection, Measures } from '../pipeline/data.ts';
import { judgeBinary } from './criteria/binary.ts';
import { judgeClasses, judgeTexts } from './criteria/categorical.ts';
import { type Criterion, defaultCriterion } from './criteria/criterion.ts';
import { judgeNumerical } from './criteria/numerical.ts';
import type { BareReason, Outcome, RankedClass, ReadText, View } from './criteria/outcome.ts';
import { judgeThreshold } from './criteria/threshold.ts';
import type { Combination, JudgingRules } from './item.ts';
import { findQualityFaults } from './quality.ts';
import { centreOf, contains, type Region, type RegionShape } from './region.ts';
import { bestOf, type Reason, rankOf, type Verdict, worstOf } from './verdict.ts';

/** What a run found in one photo. */
export interface PhotoFindings {
  /** Named in reasons. */
  readonly photo: string;
  /** Pixels of the upright photo; 0 = not known. */
  readonly width: number;
  readonly height: number;
  readonly detections: readonly Detection[];
  readonly measures: Measures;
  /** A classifier's classes; undefined when the run had none. */
  readonly ranking?: readonly RankedClass[] | undefined;
  /** Undefined when the run does not read. */
  readonly texts?: readonly ReadText[] | undefined;
  /** Findings below this confidence were not reported; 0: all were. */
  readonly floor: number;
  /** Every class that the run could report; undefined when that is not known. */
  readonly knownClasses?: readonly string[] | undefined;
  /** The model's hash when it is not the one that the item pins. */
  readonly foreignModel?: string | undefined;
}

export interface Judged {
  readonly verdict: Verdict;
  /** 0 to 1; of OK the lowest, of NG and REVIEW the highest among what made it so. */
  readonly confidence: number;
  /** Worst first; empty for OK. */
  readonly reasons: readonly Reason[];
  /** What it would have been without the limits of the quality gate, when they decided. */
  readonly otherwise?: Verdict | undefined;
}

/** Undefined with fewer photos than the item wants: it stays pending. Photos are in the order in which they were taken. */
export function judgeItem(photos: readonly PhotoFindings[], rules: JudgingRules): Judged | undefined {
  if (photos.length < rules.photos.min) return undefined;
  const judged = photos.map((photo) => judgePhoto(photo, rules));
  const last = judged.at(-1);
  if (last === undefined || rules.photos.aggregate === 'last') return last;
  const all = judged.map((each) => each.verdict);
  return gather(judged, rules.photos.aggregate === 'best' ? bestOf(all) : worstOf(all));
}

export function judgePhoto(photo: PhotoFindings, rules: JudgingRules): Judged {
  const regions = viewsOf(photo, rules.regions).map(({ view, region }) => judgeRegion(view, region, photo, rules));
  const combined = gather(regions, worstOf(regions.map((each) => each.verdict)));
  if (combined.verdict === 'NG') return combined;
  const faults = findQualityFaults(photo, rules.quality_gate).map((fault) => ({ ...fault, photo: photo.photo }));
  if (faults.length > 0) return { verdict: 'REVIEW', confidence: 0, reasons: faults, otherwise: combined.verdict };
  const changed = modelFaults(photo);
  if (changed.length > 0) return { verdict: 'REVIEW', confidence: 0, reasons: [...changed, ...combined.reasons] };
  return combined;
}

function modelFaults({ photo, foreignModel }: PhotoFindings): readonly Reason[] {
  return foreignModel === undefined ? [] : [{ code: 'MODEL_CHANGED', verdict: 'REVIEW', photo, about: foreignModel }];
}

interface RegionView {
  readonly region: string | undefined;
  readonly view: View;
}

function viewsOf(photo: PhotoFindings, regions: readonly Region[]): readonly RegionView[] {
  const excluded = regions.filter(({ mode }) => mode === 'exclude');
  const included = regions.filter(({ mode }) => mode === 'include');
  const kept = photo.detections.filter((each) => !excluded.some(({ shape }) => holds(shape, each)));
  const viewOf = (detections: readonly Detection[], shape: RegionShape | undefined): View => ({
    detections,
    measures: photo.measures,
    ranking: photo.ranking,
    texts: photo.texts,
    floor: photo.floor,
    knownClasses: photo.knownClasses,
    shape,
  });
  if (included.length === 0) return [{ region: undefined, view: viewOf(kept, wholeOf(photo)) }];
  return included.map(({ name, shape }) => ({
    region: name,
    view: viewOf(
      kept.filter((each) => holds(shape, each)),
      shape,
    ),
  }));
}

function holds(shape: RegionShape, detection: Detection): boolean {
  return contains(shape, centreOf(detection.bbox_original));
}

function wholeOf({ width, height }: PhotoFindings): RegionShape | undefined {
  return width > 0 && height > 0 ? { kind: 'box', x: 0, y: 0, width, height } : undefined;
}

/**
 * A criterion that cannot be evaluated counts as REVIEW: "all" is then REVIEW or NG, while "any" may be OK by another one. Were it REVIEW in
 * any case, one more finding that makes the criterion NG would turn REVIEW into OK.
 */
function judgeRegion(view: View, region: string | undefined, photo: PhotoFindings, rules: JudgingRules): Judged {
  const criteria = rules.criteria.length > 0 ? rules.criteria : [defaultCriterion(photo.floor)];
  const outcomes = criteria.map((criterion) => judgeCriterion(criterion, view, rules));
  const placed = outcomes.map((outcome, index) => ({ ...outcome, reasons: outcome.reasons.map((reason) => place(reason, index)) }));
  const verdict = combine(
    outcomes.map((each) => each.verdict),
    rules.combine,
  );
  return gather(placed, verdict);

  function place(reason: BareReason, criterion: number): Reason {
    return { ...reason, criterion, photo: photo.photo, ...(region !== undefined && { region }) };
  }
}

function judgeCriterion(criterion: Criterion, view: View, rules: JudgingRules): Outcome {
  switch (criterion.kind) {
    case 'binary':
      return judgeBinary(criterion, view);
    case 'threshold':
      return judgeThreshold(criterion, view);
    case 'categorical':
      return rules.kind === 'text' ? judgeTexts(criterion, view) : judgeClasses(criterion, view);
    case 'numerical':
      return judgeNumerical(criterion, view);
  }
}

/** The verdict of several criteria; `found` holds at least one. */
export function combine(found: readonly Verdict[], rule: Combination): Verdict {
  const count = (verdict: Verdict) => found.filter((each) => each === verdict).length;
  if (rule === 'all') return worstOf(found);
  if (rule === 'any') return bestOf(found);
  const wanted = rule.k_of_n;
  if (count('OK') >= wanted) return 'OK';
  return count('OK') + count('REVIEW') < wanted ? 'NG' : 'REVIEW';
}

/** Confidence and reasons of a verdict that was put together from others. Every combination says only what one of its parts says. */
function gather(parts: readonly Judged[], verdict: Verdict): Judged {
  const confidences = parts.filter((part) => part.verdict === verdict).map((part) => part.confidence);
  const confidence = verdict === 'OK' ? Math.min(...confidences) : Math.max(...confidences);
  if (verdict === 'OK') return { verdict, confidence, reasons: [] };
  const reasons = parts.flatMap((part) => part.reasons).sort((one, other) => rankOf(other.verdict) - rankOf(one.verdict));
  const isPoor = parts.some((part) => part.otherwise !== undefined);
  return {
    verdict,
    confidence,
    reasons,
    ...(isPoor && verdict === 'REVIEW' && { otherwise: worstOf(parts.map((part) => part.otherwise ?? part.verdict)) }),
  };
}

/** The verdict of a session: of its required items, and of optional ones that were judged. Undefined while a required one is not, or none is. */
export function judgeSession(
  items: readonly { readonly isRequired: boolean; readonly verdict: Verdict | undefined }[],
): Verdict | undefined {
  if (items.some(({ isRequired, verdict }) => isRequired && verdict === undefined)) return undefined;
  const judged = items.flatMap(({ verdict }) => verdict ?? []);
  return judged.length === 0 ? undefined : worstOf(judged);
}
