import { matchPattern, parsePattern } from '../pattern/match.ts';
import { type Verdict, worstOf } from '../verdict.ts';
import { findUnknown } from './classes.ts';
import type { CategoricalCriterion } from './criterion.ts';
import { found, highestConfidence, notEvaluated, type Outcome, passed, type RankedClass, type View } from './outcome.ts';

/** The top class decides; of several that are equally likely, the worse. */
export function judgeClasses(criterion: CategoricalCriterion, view: View): Outcome {
  const ranked: readonly RankedClass[] = view.ranking ?? view.detections;
  const confidence = highestConfidence(ranked);
  const tops = ranked.filter((each) => each.confidence === confidence).map((each) => each.class_name);
  const sorted = tops.map((name) => ({ name, verdict: sortName(name, criterion) }));
  const verdict = worstOf(sorted.map((each) => each.verdict));
  const about = sorted.find((each) => each.verdict === verdict)?.name;
  const isSure = about !== undefined && confidence >= criterion.min_confidence;
  if (isSure && verdict === 'NG') return found({ code: codeFor(about, criterion), verdict, about, value: confidence }, confidence);
  const unknown = findUnknown([...criterion.accept, ...criterion.reject], view);
  if (unknown !== undefined) return unknown;
  if (about === undefined) return notEvaluated('NOTHING_READ');
  const limit = criterion.min_confidence;
  if (!isSure) return found({ code: 'UNCERTAIN', verdict: 'REVIEW', about, value: confidence, limit }, confidence);
  return verdict === 'OK' ? passed(confidence) : found({ code: codeFor(about, criterion), verdict, about, value: confidence }, confidence);
}

function sortName(name: string, { accept, reject, otherwise }: CategoricalCriterion): Verdict {
  if (reject.includes(name)) return 'NG';
  return accept.includes(name) ? 'OK' : otherwise;
}

function codeFor(name: string, { reject }: CategoricalCriterion): 'REJECTED' | 'UNLISTED' {
  return reject.includes(name) ? 'REJECTED' : 'UNLISTED';
}

/** One text that fits a rejecting pattern is NG; otherwise one that fits an accepting pattern is OK. Texts below the confidence do not count. */
export function judgeTexts(criterion: CategoricalCriterion, view: View): Outcome {
  const { texts = [] } = view;
  const best = texts.reduce((top, each) => (each.confidence > top.confidence ? each : top), { text: '', confidence: -1 });
  if (best.confidence < 0) return notEvaluated('NOTHING_READ');
  const limit = criterion.min_confidence;
  const sure = texts.filter(({ confidence }) => confidence >= limit);
  if (sure.length === 0)
    return found({ code: 'UNCERTAIN', verdict: 'REVIEW', about: best.text, value: best.confidence, limit }, best.confidence);
  const rejected = sure.find(({ text }) => matchesAny(text, criterion.reject));
  if (rejected !== undefined)
    return found({ code: 'REJECTED', verdict: 'NG', about: rejected.text, value: rejected.confidence }, rejected.confidence);
  const accepted = sure.find(({ text }) => matchesAny(text, criterion.accept));
  if (accepted !== undefined) return passed(accepted.confidence);
  const { otherwise } = criterion;
  return otherwise === 'OK'
    ? passed(best.confidence)
    : found({ code: 'UNLISTED', verdict: otherwise, about: best.text, value: best.confidence }, best.confidence);
}

function matchesAny(text: string, patterns: readonly string[]): boolean {
  return patterns.some((source) => {
    const pattern = parsePattern(source);
    return pattern.kind === 'pattern' && matchPattern(pattern, text) !== undefined;
  });
}
