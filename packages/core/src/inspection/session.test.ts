import { expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { admitJudgement, type WantedJudgement } from './admission.ts';
import { admitBlind, draw, drawStateAt, fractionOf } from './draws.ts';
import { deriveItemResult, type JudgementFact } from './item-result.ts';
import {
  checkCompletion,
  checkReason,
  checkReopening,
  type ItemProgress,
  isFirstPass,
  moveSession,
  type SessionAction,
  type SessionState,
} from './session.ts';
import { principalDefect, worstSeverity } from './severity.ts';

/** The code of what it throws; "ok" when it does not. */
function codeOf(act: () => unknown): string {
  try {
    act();
    return 'ok';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

test.each<readonly [SessionState, SessionAction, SessionState | 'CONFLICT' | 'SESSION_CLOSED']>([
  ['open', 'judge', 'in_progress'],
  ['open', 'edit', 'open'],
  ['open', 'abort', 'aborted'],
  ['open', 'complete', 'CONFLICT'],
  ['open', 'reopen', 'CONFLICT'],
  ['in_progress', 'judge', 'in_progress'],
  ['in_progress', 'edit', 'CONFLICT'],
  ['in_progress', 'complete', 'completed'],
  ['in_progress', 'abort', 'aborted'],
  ['in_progress', 'reopen', 'CONFLICT'],
  ['completed', 'complete', 'completed'],
  ['completed', 'reopen', 'in_progress'],
  ['completed', 'judge', 'SESSION_CLOSED'],
  ['completed', 'edit', 'SESSION_CLOSED'],
  ['completed', 'abort', 'SESSION_CLOSED'],
  ['aborted', 'reopen', 'in_progress'],
  ['aborted', 'judge', 'SESSION_CLOSED'],
  ['aborted', 'complete', 'SESSION_CLOSED'],
])('a session that is %s: %s → %s', (state, action, expected) => {
  try {
    expect(moveSession(state, action)).toBe(expected);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.code).toBe(expected);
    expect(error.extensions).toEqual({ state });
  }
});

const item = (itemId: string, over: Partial<ItemProgress> = {}): ItemProgress => ({
  itemId,
  isRequired: true,
  state: 'judged',
  verdict: 'OK',
  ...over,
});
const missing = { state: 'pending', verdict: undefined } as const;

test('a session is complete when every required item is judged and nobody has to look any more', () => {
  const check = (items: readonly ItemProgress[], allowReview = false) =>
    codeOf(() => checkCompletion(items, allowReview, { session_id: 's1' }));
  expect(check([item('a'), item('b', { ...missing, isRequired: false })])).toBe('ok');
  expect(check([item('a'), item('b', missing)])).toBe('SESSION_INCOMPLETE');
  expect(check([item('a', { state: 'review', verdict: 'REVIEW' })])).toBe('SESSION_INCOMPLETE');
  expect(check([item('a', { state: 'review', verdict: 'REVIEW' })], true)).toBe('ok');
  expect(check([item('a', { state: 'conflict', verdict: 'NG' })], true)).toBe('CONFLICT_OPEN');
  expect(() => checkCompletion([item('a'), item('b', missing)], false, { session_id: 's1' })).toThrow(
    expect.objectContaining({ extensions: { inspection_context: { session_id: 's1', missing_items: ['b'] } } }),
  );
});

const hour = 3_600_000;

test.each([
  ['own, an hour ago', 'completed', 'ann', 'inspector', 1, 'ok'],
  ['own, a day and more ago', 'completed', 'ann', 'inspector', 25, 'FORBIDDEN'],
  ['another’s', 'completed', 'ben', 'inspector', 1, 'FORBIDDEN'],
  ['an engineer', 'completed', 'eve', 'engineer', 1000, 'ok'],
  ['own, but aborted', 'aborted', 'ann', 'inspector', 1, 'FORBIDDEN'],
  ['aborted, an engineer', 'aborted', 'eve', 'engineer', 1, 'ok'],
  ['in progress', 'in_progress', 'eve', 'engineer', 1, 'CONFLICT'],
  ['a device', 'completed', 'ann', 'device', 1, 'FORBIDDEN'],
] as const)('reopening: %s', (_name, state, id, role, hours, code) => {
  const reopening = { state, inspector: 'ann', completedAt: 0, by: { id, role }, now: hours * hour };
  expect(codeOf(() => checkReopening(reopening))).toBe(code);
});

test('a reason has 1 to 500 characters', () => {
  expect(codeOf(() => checkReason('  '))).toBe('VALIDATION_ERROR');
  expect(codeOf(() => checkReason('wrong part'))).toBe('ok');
  expect(codeOf(() => checkReason('x'.repeat(501)))).toBe('VALIDATION_ERROR');
});

const ai = { id: 'j0', kind: 'ai', verdict: 'NG', round: 1, worstSeverity: 'critical' } as const;
const ann = { id: 'j1', kind: 'human', verdict: 'OK', round: 1, judgedBy: 'ann' } as const;
const ben = { id: 'j2', kind: 'second', verdict: 'NG', round: 1, judgedBy: 'ben' } as const;

test.each<readonly [string, readonly JudgementFact[], Partial<WantedJudgement>, string]>([
  ['the first', [ai], {}, 'ok'],
  ['another', [ai, ann], { by: 'cid' }, 'ALREADY_JUDGED'],
  ['the same again', [ai, ann], {}, 'ALREADY_JUDGED'],
  ['a second opinion', [ai, ann], { kind: 'second', by: 'ben' }, 'ok'],
  ['a second opinion of the first', [ai, ann], { kind: 'second' }, 'FORBIDDEN'],
  ['a second opinion before a first', [ai], { kind: 'second', by: 'ben' }, 'CONFLICT'],
  ['a third opinion', [ai, ann, { ...ben, verdict: 'OK' }], { kind: 'second', by: 'cid' }, 'ALREADY_JUDGED'],
  ['a correction', [ai, ann], { replaces: 'j1', reason: 'wrong part' }, 'ok'],
  ['a correction without reason', [ai, ann], { replaces: 'j1', reason: ' ' }, 'VALIDATION_ERROR'],
  ['a correction of another’s', [ai, ann], { replaces: 'j1', by: 'ben', reason: 'x' }, 'FORBIDDEN'],
  ['a correction of what does not count', [ai, ann], { replaces: 'j9', reason: 'x' }, 'CONFLICT'],
  ['anything in a conflict', [ai, ann, ben], { by: 'cid' }, 'CONFLICT_OPEN'],
  ['a party’s correction in a conflict', [ai, ann, ben], { replaces: 'j1', reason: 'seen again' }, 'ok'],
  ['a resolution', [ai, ann, ben], { kind: 'resolution', by: 'eve' }, 'ok'],
  ['a resolution by a party', [ai, ann, ben], { kind: 'resolution', by: 'ben' }, 'FORBIDDEN'],
  ['a resolution of nothing', [ai, ann], { kind: 'resolution', by: 'eve' }, 'CONFLICT'],
  ['NG without a defect', [ai], { verdict: 'NG', defects: 0 }, 'UNPROCESSABLE'],
])('judging: %s', (_name, judgements, over, code) => {
  const result = deriveItemResult(judgements, { human_verification: 'on_review', second_opinion: 'on_critical' }, 1);
  const facts = { result, sessionState: 'in_progress', isDefectRequired: true, context: { session_id: 's1', item_id: 'i1' } } as const;
  expect(codeOf(() => admitJudgement({ kind: 'human', verdict: 'OK', by: 'ann', defects: 0, ...over }, facts))).toBe(code);
});

test('who comes second is told who has judged, and how', () => {
  const result = deriveItemResult([ann], { human_verification: 'never', second_opinion: 'on_critical' }, 1);
  const facts = { result, sessionState: 'in_progress', isDefectRequired: false, context: { session_id: 's1' } } as const;
  const extensions = { state: 'judged', inspection_context: { session_id: 's1', judgement_id: 'j1', judged_by: 'ann', verdict: 'OK' } };
  const judge = () => admitJudgement({ kind: 'human', verdict: 'NG', by: 'ben', defects: 0 }, facts);
  expect(judge).toThrow(expect.objectContaining({ code: 'ALREADY_JUDGED', extensions }));
  const late = () => admitJudgement({ kind: 'human', verdict: 'NG', by: 'ben', defects: 0 }, { ...facts, sessionState: 'completed' });
  expect(codeOf(late)).toBe('SESSION_CLOSED');
});

test('draws: a keyed hash below the probability, the same each time', () => {
  expect(fractionOf(new Uint8Array([0, 0, 0, 0, 0, 0]))).toBe(0);
  expect(fractionOf(new Uint8Array([128, 0, 0, 0, 0, 0, 99]))).toBe(0.5);
  expect(fractionOf(new Uint8Array(6).fill(255))).toBeLessThan(1);
  const sampling = { ok: 0.02, ng: 1 };
  expect(draw('OK', sampling, 0.0199)).toEqual({ probability: 0.02, isDrawn: true });
  expect(draw('OK', sampling, 0.02)).toEqual({ probability: 0.02, isDrawn: false });
  expect(draw('NG', sampling, fractionOf(new Uint8Array(6).fill(255)))).toEqual({ probability: 1, isDrawn: true });
  expect(draw('REVIEW', sampling, 0)).toEqual({ probability: 0, isDrawn: false });
});

test('a draw is checked once, in time, and not by who judged first', () => {
  expect(drawStateAt('due', 1000, 999)).toBe('due');
  expect(drawStateAt('due', 1000, 1000)).toBe('expired');
  expect(drawStateAt('done', 1000, 2000)).toBe('done');
  expect(codeOf(() => admitBlind('due', 'ben', ['ann']))).toBe('ok');
  expect(codeOf(() => admitBlind('due', 'ann', ['ann']))).toBe('FORBIDDEN');
  expect(codeOf(() => admitBlind('expired', 'ben', ['ann']))).toBe('CONFLICT');
});

test.each([
  [1, 'OK', [['OK']], true],
  [1, 'NG', [['NG']], false],
  [2, 'OK', [['OK']], false],
  [1, 'OK', [['OK'], ['NG', 'OK']], false],
  // A person found OK what the AI had called NG: no retake.
  [1, 'OK', [['NG']], true],
  [1, 'OK', [['REVIEW', 'OK']], true],
] as const)('round %i, %s, the AI said %j: first pass %s', (round, verdict, retakes, expected) => {
  expect(isFirstPass(round, verdict, retakes)).toBe(expected);
});

test('the principal defect is the worst, then the surest, then the first by code', () => {
  const defect = (code: string, severity: 'critical' | 'major' | 'minor', confidence: number) => ({ code, severity, confidence });
  expect(principalDefect([defect('b', 'minor', 1), defect('a', 'major', 0.4)])?.code).toBe('a');
  expect(principalDefect([defect('b', 'major', 0.9), defect('a', 'major', 0.4)])?.code).toBe('b');
  expect(principalDefect([defect('b', 'major', 0.9), defect('a', 'major', 0.9)])?.code).toBe('a');
  expect(principalDefect([])).toBeUndefined();
  expect(worstSeverity([defect('b', 'minor', 1), defect('a', 'major', 0.4)])).toBe('major');
});
