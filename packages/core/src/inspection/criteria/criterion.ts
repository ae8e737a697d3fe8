/** What a criterion may say. The documents are JSON as users write them; parse.ts reads them, and fills in the defaults. */
import type { Verdict } from '../verdict.ts';

/** Class names of a model; "*" is every class. */
export type ClassList = '*' | readonly string[];

/**
 * A finding of a listed class at `ng_confidence` or above is NG, at `review_confidence` or above REVIEW; both limits belong to the worse side.
 */
export interface BinaryCriterion {
  readonly kind: 'binary';
  readonly classes: ClassList;
  readonly ng_confidence: number;
  /** At most `ng_confidence`; equal to it: no REVIEW. */
  readonly review_confidence: number;
}

/** What a threshold criterion can count on its own; any other name is a measure of the pipeline. */
export const countedMeasures = ['count', 'area_px', 'area_ratio', 'max_area_px', 'max_length_px', 'max_confidence'] as const;
export type CountedMeasure = (typeof countedMeasures)[number];

/** A value beyond (not at) a limit is NG or REVIEW. */
export interface ThresholdCriterion {
  readonly kind: 'threshold';
  /**
   * Of the findings of `classes` at `min_confidence` or above: their number, the area that they cover together, its share of the region, the
   * largest one's area, the longest side, the highest confidence. Pixels are those of the upright photo, areas are cut to the region.
   */
  readonly measure: CountedMeasure | (string & {});
  readonly classes: ClassList;
  readonly min_confidence: number;
  readonly ng_above?: number | undefined;
  readonly review_above?: number | undefined;
  readonly ng_below?: number | undefined;
  readonly review_below?: number | undefined;
}

/** Judges the top class of a classifier (of the findings, where there is none), or in items of kind `text` every text that was read. */
export interface CategoricalCriterion {
  readonly kind: 'categorical';
  /** Class names; in items of kind `text` patterns for the whole text. */
  readonly accept: readonly string[];
  readonly reject: readonly string[];
  /** Below it the answer is REVIEW. */
  readonly min_confidence: number;
  /** The verdict on what neither list holds. */
  readonly otherwise: Verdict;
}

/** Scale from the measure's unit to the criterion's, and the scale's own standard uncertainty. */
export interface Calibration {
  readonly scale: number;
  readonly u: number;
}

/**
 * How uncertainty counts. simple: not at all (JCGM 106:2012, 8.2). guarded: OK only where the gauge proves it, NG otherwise (8.3.2).
 * iso14253: OK and NG only where proven, REVIEW between (ISO 14253-1:2017).
 */
export const decisionRules = ['simple', 'guarded', 'iso14253'] as const;
export type DecisionRule = (typeof decisionRules)[number];

/** A value at a limit is within tolerance. At least one of `lower` and `upper` is there. */
export interface NumericalCriterion {
  readonly kind: 'numerical';
  readonly measure: string;
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
  /** Of the limits, `u` and the calibrated value, e.g. "mm". */
  readonly unit: string;
  /** Rounds the value first, half away from zero; absent: it is compared as it is. */
  readonly decimals?: number | undefined;
  readonly calibration: Calibration;
  /** Standard uncertainty of the gauge, in `unit`. */
  readonly u: number;
  readonly rule: DecisionRule;
  /** Probability that guarded and iso14253 ask for, one-sided. */
  readonly conformance: number;
}

export type Criterion = BinaryCriterion | ThresholdCriterion | CategoricalCriterion | NumericalCriterion;
export const criterionKinds = ['binary', 'threshold', 'categorical', 'numerical'] as const satisfies readonly Criterion['kind'][];

export function isCounted(measure: string): measure is CountedMeasure {
  return countedMeasures.some((name) => name === measure);
}

/** For an item without criteria: any finding of any class that the run reported is NG. */
export function defaultCriterion(threshold: number): BinaryCriterion {
  return { kind: 'binary', classes: '*', ng_confidence: threshold, review_confidence: threshold };
}
