/** Defects: how bad they are, and which of several is the principal one of a part. */

/** Worst first. */
export const severities = ['critical', 'major', 'minor'] as const;
export type Severity = (typeof severities)[number];

/** The class of an NG part that names no defect. */
export const unclassified = 'unclassified';

export interface Defect {
  /** Code of a defect class. */
  readonly code: string;
  readonly severity: Severity;
  /** 0 to 1; what a person saw has 1. */
  readonly confidence: number;
}

/** By severity, then confidence, then code; undefined for an empty list. */
export function principalDefect(defects: readonly Defect[]): Defect | undefined {
  return [...defects].sort(
    (one, other) =>
      severities.indexOf(one.severity) - severities.indexOf(other.severity) ||
      other.confidence - one.confidence ||
      (one.code < other.code ? -1 : Number(one.code > other.code)),
  )[0];
}

/** Undefined for an empty list. */
export function worstSeverity(defects: readonly Pick<Defect, 'severity'>[]): Severity | undefined {
  return severities.find((severity) => defects.some((defect) => defect.severity === severity));
}
