/** What judging one criterion on one region of one photo needs and gives. */
import type { Detection, Measures } from '../../pipeline/data.ts';
import type { RegionShape } from '../region.ts';
import type { Reason, ReasonCode, Verdict } from '../verdict.ts';

export interface RankedClass {
  readonly class_name: string;
  /** 0 to 1. */
  readonly confidence: number;
}

export interface ReadText {
  readonly text: string;
  /** 0 to 1. */
  readonly confidence: number;
}

/** What a criterion sees: one region of one photo. */
export interface View {
  /** Those of the region. */
  readonly detections: readonly Detection[];
  readonly measures: Measures;
  /** A classifier's classes; undefined when the run had none. */
  readonly ranking: readonly RankedClass[] | undefined;
  /** Undefined when the run does not read. */
  readonly texts: readonly ReadText[] | undefined;
  /** Findings below this confidence were not reported; 0: all were. */
  readonly floor: number;
  /** Every class that the run could report; undefined when that is not known. */
  readonly knownClasses: readonly string[] | undefined;
  /** The region, or the whole photo; undefined when the photo's size is not known. */
  readonly shape: RegionShape | undefined;
}

/** A reason before it knows its criterion, region and photo. */
export type BareReason = Omit<Reason, 'criterion' | 'region' | 'photo'>;

export interface Outcome {
  readonly verdict: Verdict;
  /** 0 to 1. */
  readonly confidence: number;
  /** Empty for OK. */
  readonly reasons: readonly BareReason[];
}

export function passed(confidence: number): Outcome {
  return { verdict: 'OK', confidence, reasons: [] };
}

export function found(reason: BareReason, confidence: number): Outcome {
  return { verdict: reason.verdict, confidence, reasons: [reason] };
}

/** A criterion that cannot be evaluated is neither OK nor NG. */
export function notEvaluated(code: ReasonCode, details: Pick<BareReason, 'about' | 'value' | 'limit'> = {}): Outcome {
  return { verdict: 'REVIEW', confidence: 0, reasons: [{ code, verdict: 'REVIEW', ...details }] };
}

/** Returns 0 for an empty list. */
export function highestConfidence(items: readonly { readonly confidence: number }[]): number {
  return items.reduce((highest, { confidence }) => Math.max(highest, confidence), 0);
}
