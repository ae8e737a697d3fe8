/**
 * The state of an item in a session, derived from its judgements. Judgements are never changed or deleted, so it can be derived again at any time.
 *
 *   pending ──► ai_judged ──► judged ◄─► conflict          review: a person has to look, or a second one
 *      └──────► review ────────┘                           skipped: optional, and the session was completed without it
 */
import type { PeopleRules } from './item.ts';
import type { Severity } from './severity.ts';
import { type Verdict, worstOf } from './verdict.ts';

export type JudgementKind = 'ai' | 'human' | 'second' | 'blind' | 'resolution' | 'shadow' | 'master';

/** What a judgement says, as far as others depend on it. */
export interface JudgementFact {
  readonly id: string;
  readonly kind: JudgementKind;
  readonly verdict: Verdict;
  /** From 1; each re-opening of the session begins the next. */
  readonly round: number;
  /** The user; undefined for the AI. */
  readonly judgedBy?: string | undefined;
  /** The judgement of the same person that it corrects. */
  readonly replaces?: string | undefined;
  /** Came when another person's verdict on the item was there, and differed. */
  readonly contested?: boolean | undefined;
  /** Of the AI: the worst class that it found. */
  readonly worstSeverity?: Severity | undefined;
}

export type ItemState = 'pending' | 'ai_judged' | 'review' | 'judged' | 'conflict' | 'skipped';

/** Who has to act next; undefined: nobody. */
export type Wanted = 'judgement' | 'person' | 'second' | 'engineer' | undefined;

export interface ItemResult {
  readonly state: ItemState;
  /** Undefined while pending or skipped. */
  readonly verdict: Verdict | undefined;
  readonly wanted: Wanted;
  /** Of the round: those that count. */
  readonly ai: JudgementFact | undefined;
  readonly human: JudgementFact | undefined;
  readonly second: JudgementFact | undefined;
  /** The judgements that disagree, in a conflict. */
  readonly opposed: readonly JudgementFact[];
  /** People found OK what the AI had called NG. */
  readonly isFalseReject: boolean;
  /** A blind check found NG in what was OK. */
  readonly isEscapeSuspected: boolean;
}

type Outcome = Pick<ItemResult, 'state' | 'verdict' | 'wanted'> & { readonly opposed?: readonly JudgementFact[] };

/** Judgements in order of receipt. Clocks decide nothing. */
export function deriveItemResult(judgements: readonly JudgementFact[], rules: PeopleRules, round: number): ItemResult {
  const replaced = new Set(judgements.flatMap(({ replaces }) => replaces ?? []));
  const live = judgements.filter((each) => each.round === round && !replaced.has(each.id));
  const ai = live.findLast(({ kind }) => kind === 'ai');
  const human = live.find(({ kind, contested }) => kind === 'human' && contested !== true);
  const second = live.findLast(({ kind }) => kind === 'second');
  const resolution = live.findLast(({ kind }) => kind === 'resolution');
  const settled = resolution === undefined ? settle(live, ai, human, second, rules) : judged(resolution.verdict);
  // A resolution has seen what came before it.
  const afterwards = resolution === undefined ? live : live.slice(live.indexOf(resolution) + 1);
  const blind = afterwards.findLast(({ kind }) => kind === 'blind');
  const isEscapeSuspected = blind?.verdict === 'NG' && settled.verdict === 'OK';
  const outcome = isEscapeSuspected ? dispute(settled, live, blind) : settled;
  const isOverruled = settled.verdict === 'OK' && settled.state === 'judged';
  const isFalseReject = ai?.verdict === 'NG' && (isOverruled || blind?.verdict === 'OK');
  return { opposed: [], ...outcome, ai, human, second, isFalseReject, isEscapeSuspected };
}

function settle(
  live: readonly JudgementFact[],
  ai: JudgementFact | undefined,
  human: JudgementFact | undefined,
  second: JudgementFact | undefined,
  rules: PeopleRules,
): Outcome {
  if (human === undefined) return byAi(ai, rules);
  const contested = live.filter((each) => each.contested === true && each.verdict !== human.verdict);
  if (contested.length > 0) return conflict([human, ...contested]);
  if (second !== undefined) return byTwo(human, second);
  if (human.verdict === 'REVIEW') return { state: 'review', verdict: 'REVIEW', wanted: 'engineer' };
  return needsSecond(human, ai, rules) ? { state: 'review', verdict: 'REVIEW', wanted: 'second' } : judged(human.verdict);
}

function byAi(ai: JudgementFact | undefined, { human_verification }: PeopleRules): Outcome {
  if (ai === undefined) return { state: 'pending', verdict: undefined, wanted: 'judgement' };
  if (human_verification === 'always') return { state: 'pending', verdict: undefined, wanted: 'person' };
  if (ai.verdict === 'REVIEW') return { state: 'review', verdict: 'REVIEW', wanted: 'person' };
  return { state: 'ai_judged', verdict: ai.verdict, wanted: undefined };
}

/** One person alone does not turn a critical NG of the AI into OK. */
function needsSecond(human: JudgementFact, ai: JudgementFact | undefined, { second_opinion }: PeopleRules): boolean {
  if (human.verdict !== 'OK' || ai?.verdict !== 'NG') return false;
  return ai.worstSeverity === 'critical' || second_opinion === 'on_downgrade';
}

function byTwo(human: JudgementFact, second: JudgementFact): Outcome {
  if (second.verdict === 'REVIEW') return { state: 'review', verdict: 'REVIEW', wanted: 'engineer' };
  if (human.verdict === 'REVIEW' || human.verdict === second.verdict) return judged(second.verdict);
  return conflict([human, second]);
}

function judged(verdict: Verdict): Outcome {
  return { state: 'judged', verdict, wanted: undefined };
}

/** Until it is resolved the worse verdict holds. */
function conflict(opposed: readonly JudgementFact[]): Outcome {
  return { state: 'conflict', verdict: worstOf(opposed.map((each) => each.verdict)), wanted: 'engineer', opposed };
}

/** A blind check opens a conflict; the verdict stays until somebody has looked at both. */
function dispute(settled: Outcome, live: readonly JudgementFact[], blind: JudgementFact): Outcome {
  const first = live.findLast(({ kind, verdict }) => kind !== 'blind' && kind !== 'shadow' && verdict === 'OK');
  return { state: 'conflict', verdict: settled.verdict, wanted: 'engineer', opposed: first === undefined ? [blind] : [first, blind] };
}

/** What becomes of an item when its session is completed. */
export function closeItem(result: ItemResult, isRequired: boolean): ItemResult {
  return !isRequired && result.state === 'pending' ? { ...result, state: 'skipped', wanted: undefined } : result;
}
