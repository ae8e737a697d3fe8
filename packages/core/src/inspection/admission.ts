/** Whether a person may judge an item now. Expected refusals are errors of the catalogue, which say who judged and what to do instead. */
import { AppError } from '../errors.ts';
import type { ItemResult, JudgementFact } from './item-result.ts';
import type { SessionState } from './session.ts';
import type { Verdict } from './verdict.ts';

export interface WantedJudgement {
  readonly kind: 'human' | 'second' | 'resolution';
  readonly verdict: Verdict;
  readonly by: string;
  /** How many defects it names. */
  readonly defects: number;
  /** The own judgement that it corrects, and why. */
  readonly replaces?: string | undefined;
  readonly reason?: string | undefined;
}

export interface AdmissionFacts {
  readonly result: ItemResult;
  readonly sessionState: SessionState;
  readonly isDefectRequired: boolean;
  /** Ids for the answer: session_id, item_id, revision. */
  readonly context: Readonly<Record<string, unknown>>;
}

/**
 * @throws AppError ALREADY_JUDGED, CONFLICT_OPEN, CONFLICT, SESSION_CLOSED, FORBIDDEN, VALIDATION_ERROR (a correction without reason), or
 * UNPROCESSABLE (NG without a defect).
 */
export function admitJudgement(wanted: WantedJudgement, facts: AdmissionFacts): void {
  if (wanted.kind !== 'resolution' && (facts.sessionState === 'completed' || facts.sessionState === 'aborted')) throw closed(facts);
  if (wanted.verdict === 'NG' && wanted.defects === 0 && facts.isDefectRequired) throw withoutDefect(facts);
  if (wanted.replaces !== undefined) admitCorrection(wanted, wanted.replaces, facts);
  else if (wanted.kind === 'resolution') admitResolution(wanted, facts);
  else if (facts.result.state === 'conflict') throw conflictOpen(facts);
  else if (wanted.kind === 'second') admitSecond(wanted, facts);
  else if (facts.result.human !== undefined) throw alreadyJudged(facts.result.human, wanted.by, facts);
}

function admitCorrection({ by, reason }: WantedJudgement, replaces: string, facts: AdmissionFacts): void {
  const { human, second, opposed } = facts.result;
  const own = [human, second, ...opposed].find((each) => each?.id === replaces);
  if (own === undefined) {
    throw refuse(
      'CONFLICT',
      facts,
      '訂正する判定が今は有効ではありません。最新の状態を読み直してください',
      'The judgement to replace does not count any more. Read the item again',
    );
  }
  if (own.judgedBy !== by) throw refuse('FORBIDDEN', facts, '訂正できるのは本人の判定だけです', 'Only your own judgement can be replaced');
  if (reason !== undefined && reason.trim() !== '') return;
  const message = { ja: '訂正には理由が必要です', en: 'A correction needs a reason' };
  throw new AppError('VALIDATION_ERROR', { detail: message, faults: [{ field: 'reason', message, value: reason }] });
}

function admitResolution({ by }: WantedJudgement, facts: AdmissionFacts): void {
  const { state, opposed } = facts.result;
  if (state !== 'conflict') throw refuse('CONFLICT', facts, '未解決の食い違いはありません', 'There is no open conflict to resolve');
  if (opposed.every((each) => each.judgedBy !== by)) return;
  throw refuse('FORBIDDEN', facts, '食い違った判定をした本人は解決できません', 'Who gave one of the verdicts cannot resolve the conflict');
}

function admitSecond({ by }: WantedJudgement, facts: AdmissionFacts): void {
  const { human, second } = facts.result;
  if (human === undefined) {
    throw refuse(
      'CONFLICT',
      facts,
      'まだ誰も判定していません。kind を human にしてください',
      'Nobody has judged it yet: send it with kind human',
    );
  }
  if (human.judgedBy === by)
    throw refuse('FORBIDDEN', facts, '二人目の判定は別の人が行ってください', 'The second opinion has to be another person’s');
  if (second !== undefined) throw alreadyJudged(second, by, facts);
}

type Code = 'CONFLICT' | 'FORBIDDEN';

function refuse(code: Code, facts: AdmissionFacts, ja: string, en: string): AppError {
  return new AppError(code, { detail: { ja, en }, extensions: extend(facts) });
}

function extend({ result, context }: AdmissionFacts, more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return { state: result.state, inspection_context: { ...context, ...more } };
}

function alreadyJudged(judgement: JudgementFact, by: string, facts: AdmissionFacts): AppError {
  const { id, judgedBy, verdict } = judgement;
  const detail =
    judgedBy === by
      ? {
          ja: 'この項目はすでに判定済みです。訂正するには replaces に判定の ID を、reason に理由を書いてください',
          en: 'You have judged this item already. To correct it, send replaces with the id of that judgement, and a reason',
        }
      : {
          ja: `この項目は別の人が ${verdict} と判定済みです。二人目の判定なら kind を second にしてください`,
          en: `Somebody else has judged this item ${verdict}. For a second opinion send kind second`,
        };
  return new AppError('ALREADY_JUDGED', { detail, extensions: extend(facts, { judgement_id: id, judged_by: judgedBy, verdict }) });
}

function conflictOpen(facts: AdmissionFacts): AppError {
  const detail = {
    ja: '判定が食い違っています。エンジニアが解決するまで判定できません',
    en: 'Two verdicts disagree. An engineer has to resolve the conflict first',
  };
  return new AppError('CONFLICT_OPEN', {
    detail,
    extensions: extend(facts, { judgement_ids: facts.result.opposed.map((each) => each.id) }),
  });
}

function closed(facts: AdmissionFacts): AppError {
  const detail = {
    ja: '終わった検査の判定はできません。理由を書いて再開してください',
    en: 'The session is closed. Reopen it with a reason to judge again',
  };
  return new AppError('SESSION_CLOSED', { detail, extensions: { ...extend(facts), state: facts.sessionState } });
}

function withoutDefect(facts: AdmissionFacts): AppError {
  const message = { ja: 'NG には不良の種類が必要です', en: 'NG has to name a defect' };
  return new AppError('UNPROCESSABLE', { detail: message, faults: [{ field: 'defects', message }], extensions: extend(facts) });
}
