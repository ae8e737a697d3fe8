/**
 * The states of a session, and who may do what in them.
 *
 *   open ──► in_progress ◄──► completed          completed → in_progress: re-opened with a reason, in the next round
 *     └──────────┴──► aborted ──► in_progress    aborted → in_progress: by an engineer
 */
import type { Role } from '../access/permissions.ts';
import { AppError } from '../errors.ts';
import type { ItemState } from './item-result.ts';
import type { Verdict } from './verdict.ts';

export type SessionState = 'open' | 'in_progress' | 'completed' | 'aborted';
export type SessionAction = 'judge' | 'edit' | 'complete' | 'abort' | 'reopen';

const moves: Readonly<Record<SessionState, Partial<Record<SessionAction, SessionState>>>> = {
  open: { judge: 'in_progress', edit: 'open', abort: 'aborted' },
  in_progress: { judge: 'in_progress', complete: 'completed', abort: 'aborted' },
  // Completing again gives the same answer, so that a lost one can be asked for again.
  completed: { complete: 'completed', reopen: 'in_progress' },
  aborted: { reopen: 'in_progress' },
};

/** @throws AppError SESSION_CLOSED or CONFLICT, with the state. */
export function moveSession(state: SessionState, action: SessionAction): SessionState {
  const next = moves[state][action];
  if (next !== undefined) return next;
  const isClosed = state === 'completed' || state === 'aborted';
  throw new AppError(isClosed ? 'SESSION_CLOSED' : 'CONFLICT', { detail: refusals[state], extensions: { state } });
}

const refusals = {
  open: {
    ja: 'この検査ではまだ何も判定されていません。先に検査項目を判定してください',
    en: 'Nothing has been judged in this session yet: judge its items first',
  },
  in_progress: {
    ja: '検査は進行中です。見出しを変えられるのは最初の判定の前だけで、再開は不要です',
    en: 'The session is in progress: its header can be changed before the first judgement only, and it need not be reopened',
  },
  completed: {
    ja: 'この検査は完了しています。続けるには理由を書いて再開してください',
    en: 'The session is completed. To go on, reopen it with a reason',
  },
  aborted: {
    ja: 'この検査は中止されています。続けるにはエンジニアが再開してください',
    en: 'The session is aborted. To go on, an engineer has to reopen it',
  },
} as const;

export interface ItemProgress {
  readonly itemId: string;
  readonly isRequired: boolean;
  readonly state: ItemState;
  readonly verdict: Verdict | undefined;
}

/**
 * @throws AppError CONFLICT_OPEN; SESSION_INCOMPLETE with the items that are missing, or that are REVIEW without `allowReview`.
 */
export function checkCompletion(items: readonly ItemProgress[], allowReview: boolean, context: Readonly<Record<string, unknown>>): void {
  const idsOf = (isWanted: (item: ItemProgress) => boolean) => items.filter(isWanted).map((item) => item.itemId);
  const conflicts = idsOf(({ state }) => state === 'conflict');
  if (conflicts.length > 0)
    throw new AppError('CONFLICT_OPEN', { extensions: { inspection_context: { ...context, conflict_items: conflicts } } });
  const missing = idsOf(({ isRequired, verdict }) => isRequired && verdict === undefined);
  if (missing.length > 0) {
    const detail = {
      ja: `必須の検査項目が ${missing.length} 件判定されていません`,
      en: `${missing.length} required item(s) are not judged yet`,
    };
    throw new AppError('SESSION_INCOMPLETE', { detail, extensions: { inspection_context: { ...context, missing_items: missing } } });
  }
  const open = idsOf(({ state }) => state === 'review');
  if (open.length === 0 || allowReview) return;
  const detail = {
    ja: `要確認の検査項目が ${open.length} 件あります。人が判定するか、allow_review を true にしてください`,
    en: `${open.length} item(s) need a person: judge them, or send allow_review true`,
  };
  throw new AppError('SESSION_INCOMPLETE', { detail, extensions: { inspection_context: { ...context, review_items: open } } });
}

/** How long inspectors may reopen what they completed. */
const ownReopenMs = 24 * 3_600_000;
const longestReason = 500;

export interface Reopening {
  readonly state: SessionState;
  readonly inspector: string;
  /** Epoch ms. */
  readonly completedAt: number | undefined;
  readonly by: { readonly id: string; readonly role: Role };
  readonly now: number;
}

/** @throws AppError FORBIDDEN; SESSION_CLOSED or CONFLICT when there is nothing to reopen. */
export function checkReopening({ state, inspector, completedAt, by, now }: Reopening): void {
  moveSession(state, 'reopen');
  if (by.role === 'admin' || by.role === 'engineer') return;
  const isOwn = by.role === 'inspector' && by.id === inspector;
  if (isOwn && state === 'completed' && completedAt !== undefined && now - completedAt <= ownReopenMs) return;
  const detail = {
    ja: '再開できるのは本人が 24 時間以内に完了した検査だけです。エンジニアに依頼してください',
    en: 'You can reopen only what you completed yourself in the last 24 hours. Ask an engineer',
  };
  throw new AppError('FORBIDDEN', { detail, extensions: { state } });
}

/** Of reopening and aborting. @throws AppError VALIDATION_ERROR */
export function checkReason(reason: string): void {
  const length = reason.trim().length;
  if (length >= 1 && length <= longestReason) return;
  const message = {
    ja: `理由を 1 から ${longestReason} 文字で書いてください`,
    en: `A reason of 1 to ${longestReason} characters is needed`,
  };
  throw new AppError('VALIDATION_ERROR', { detail: message, faults: [{ field: 'reason', message }] });
}

/**
 * Whether a unit passed at the first go: completed OK in its first round, and no retake of a photo turned an NG of the AI into OK.
 * `retakes` holds the AI's verdicts of each item, oldest first.
 */
export function isFirstPass(round: number, verdict: Verdict, retakes: readonly (readonly Verdict[])[]): boolean {
  return round === 1 && verdict === 'OK' && !retakes.some((all) => all.at(-1) === 'OK' && all.includes('NG'));
}
