/** Verdicts, and the reasons that each of them carries. */

/** Better first: NG outranks REVIEW, REVIEW outranks OK. */
export const verdicts = ['OK', 'REVIEW', 'NG'] as const;
export type Verdict = (typeof verdicts)[number];

export type ReasonCode =
  /** A finding of a listed class reached a limit of confidence. */
  | 'CLASS_FOUND'
  /** A measure, a count or an area lies beyond a limit. */
  | 'ABOVE_LIMIT'
  | 'BELOW_LIMIT'
  /** The top class or a read text: on the list to reject, below the lowest confidence, on no list. */
  | 'REJECTED'
  | 'UNCERTAIN'
  | 'UNLISTED'
  /** A measure outside its tolerance; so close to a limit that the gauge proves neither. */
  | 'OUT_OF_TOLERANCE'
  | 'NOT_PROVEN'
  /** The photo is too poor to be judged OK. */
  | 'PHOTO_QUALITY'
  /** A criterion cannot be evaluated. */
  | 'MEASURE_MISSING'
  | 'NOTHING_READ'
  | 'CLASS_UNKNOWN'
  | 'FLOOR_ABOVE_LIMIT'
  | 'SIZE_UNKNOWN'
  | 'MODEL_CHANGED';

export interface Reason {
  readonly code: ReasonCode;
  /** The verdict it speaks for. */
  readonly verdict: Verdict;
  /** Index in the item's criteria; absent when it is about the photo as a whole. */
  readonly criterion?: number | undefined;
  /** Name of the region; absent without regions. */
  readonly region?: string | undefined;
  readonly photo?: string | undefined;
  /** The class, measure, text, marker or model hash that it is about. */
  readonly about?: string | undefined;
  /** What was found: a confidence, or the measure's value. */
  readonly value?: number | undefined;
  /** What it was held against. */
  readonly limit?: number | undefined;
}

/** Returns OK for an empty list. */
export function worstOf(found: readonly Verdict[]): Verdict {
  return verdicts[Math.max(0, ...found.map(rankOf))] ?? 'OK';
}

/** @throws RangeError for an empty list: nothing is not the best of anything. */
export function bestOf(found: readonly Verdict[]): Verdict {
  const best = verdicts[Math.min(...found.map(rankOf))];
  if (best === undefined) throw new RangeError('bestOf needs at least one verdict');
  return best;
}

/** 0 for OK, 1 for REVIEW, 2 for NG. */
export function rankOf(verdict: Verdict): number {
  return verdicts.indexOf(verdict);
}
