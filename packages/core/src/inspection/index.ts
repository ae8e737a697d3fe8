/** The door of the inspection domain: pure rules, formulas and state machines, without clock, chance or platform. */
export { type AdmissionFacts, admitJudgement, type WantedJudgement } from './admission.ts';
export { type AiResult, type ModelFacts, type RunFacts, type RunStep, toAiResult, toFindings } from './convert.ts';
export {
  type BinaryCriterion,
  type Calibration,
  type CategoricalCriterion,
  type ClassList,
  type CountedMeasure,
  type Criterion,
  countedMeasures,
  criterionKinds,
  type DecisionRule,
  decisionRules,
  defaultCriterion,
  type NumericalCriterion,
  type ThresholdCriterion,
} from './criteria/criterion.ts';
export { conformanceProbability } from './criteria/numerical.ts';
export type { RankedClass, ReadText } from './criteria/outcome.ts';
export { admitBlind, type Draw, type DrawState, draw, drawStateAt, fractionOf } from './draws.ts';
export { checkFit, checkOverrides, lowestLimit } from './fit.ts';
export {
  type Combination,
  humanVerifications,
  type ItemDocument,
  type ItemKind,
  itemKinds,
  type JudgingRules,
  type PeopleRules,
  type PhotoAggregate,
  type PhotoRules,
  photoAggregates,
  type QualityGate,
  type QualityLimit,
  type Sampling,
  secondOpinions,
} from './item.ts';
export { type ParsedItem, parseItem } from './item-parse.ts';
export {
  closeItem,
  deriveItemResult,
  type ItemResult,
  type ItemState,
  type JudgementFact,
  type JudgementKind,
  type Wanted,
} from './item-result.ts';
export { combine, type Judged, judgeItem, judgePhoto, judgeSession, type PhotoFindings } from './judge.ts';
export { matchPattern, type Pattern, parsePattern } from './pattern/match.ts';
export { longestPattern, type PatternFault } from './pattern/parse.ts';
export type { Point, Region, RegionShape } from './region.ts';
export {
  checkCompletion,
  checkReason,
  checkReopening,
  type ItemProgress,
  isFirstPass,
  moveSession,
  type Reopening,
  type SessionAction,
  type SessionState,
} from './session.ts';
export { type Defect, principalDefect, type Severity, severities, unclassified, worstSeverity } from './severity.ts';
export { bestOf, type Reason, type ReasonCode, rankOf, type Verdict, verdicts, worstOf } from './verdict.ts';
