/** An inspection item as users write it: what is judged, by which pipeline and rules. */
import type { LocalizedText } from '../text.ts';
import type { Criterion } from './criteria/criterion.ts';
import type { Region } from './region.ts';

export const itemKinds = ['visual', 'dimensional', 'functional', 'text'] as const;
export type ItemKind = (typeof itemKinds)[number];

/**
 * Of the criteria of one region. all: OK when all are, NG when any is. any: OK when any is, NG when all are. k_of_n: OK when at least k are,
 * NG when that cannot be any more. REVIEW otherwise.
 */
export type Combination = 'all' | 'any' | { readonly k_of_n: number };

export const photoAggregates = ['worst', 'last', 'best'] as const;
/** worst: every photo counts. last: a retake replaces what came before. best: for parts that must be present in one of the photos. */
export type PhotoAggregate = (typeof photoAggregates)[number];

export interface PhotoRules {
  /** Fewer: the item is still pending. */
  readonly min: number;
  readonly max: number;
  readonly aggregate: PhotoAggregate;
}

export interface QualityLimit {
  readonly measure: string;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** A photo that breaks a limit cannot be OK. */
export interface QualityGate {
  readonly limits: readonly QualityLimit[];
  /** Pixels of the upright photo. */
  readonly min_width?: number | undefined;
  readonly min_height?: number | undefined;
  /** A class that must be found in the photo. */
  readonly marker?: string | undefined;
}

export const humanVerifications = ['never', 'on_review', 'sampled', 'always'] as const;
export const secondOpinions = ['on_critical', 'on_downgrade'] as const;

/** Shares of the AI's verdicts that are drawn for a person to check. */
export interface Sampling {
  readonly ok: number;
  readonly ng: number;
}

/** What decides about a verdict. */
export interface JudgingRules {
  readonly kind: ItemKind;
  readonly criteria: readonly Criterion[];
  readonly combine: Combination;
  readonly regions: readonly Region[];
  readonly photos: PhotoRules;
  readonly quality_gate?: QualityGate | undefined;
}

/** What decides who has to look. */
export interface PeopleRules {
  readonly human_verification: (typeof humanVerifications)[number];
  /** When a person's OK on an NG of the AI needs a second person. */
  readonly second_opinion: (typeof secondOpinions)[number];
}

export interface ItemDocument extends JudgingRules, PeopleRules {
  readonly name: LocalizedText;
  readonly order: number;
  readonly required: boolean;
  /** Absent: judged by people only. */
  readonly pipeline_id?: string | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Parameters that a request may set. */
  readonly overridable: readonly string[];
  readonly reference_file_id?: string | undefined;
  readonly sampling: Sampling;
  /** A person's NG has to name a defect. */
  readonly defect_required: boolean;
}
