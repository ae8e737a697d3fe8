/** Judgements that are drawn for a person to check, with a known probability. */
import { AppError } from '../errors.ts';
import type { Sampling } from './item.ts';
import type { Verdict } from './verdict.ts';

/** The share of a keyed hash in [0, 1): unpredictable without the key, and the same however often asked. `hash` holds at least 6 bytes. */
export function fractionOf(hash: Uint8Array): number {
  return hash.slice(0, 6).reduce((sum, byte, index) => sum + byte / 256 ** (index + 1), 0);
}

export interface Draw {
  readonly probability: number;
  readonly isDrawn: boolean;
}

/** Of an AI judgement. A REVIEW is looked at anyway and estimates nothing. */
export function draw(verdict: Verdict, { ok, ng }: Sampling, fraction: number): Draw {
  const probability = verdict === 'OK' ? ok : verdict === 'NG' ? ng : 0;
  return { probability, isDrawn: fraction < probability };
}

export type DrawState = 'due' | 'done' | 'expired';

/** What was not checked in time counts as not drawn. */
export function drawStateAt(state: DrawState, dueAt: number, now: number): DrawState {
  return state === 'due' && now >= dueAt ? 'expired' : state;
}

/** @throws AppError FORBIDDEN for who judged first, CONFLICT when it is done or expired. */
export function admitBlind(state: DrawState, by: string, judgedFirst: readonly string[]): void {
  if (state !== 'due') {
    const detail = {
      done: { ja: 'この抜取検証は済んでいます', en: 'This draw has been checked already' },
      expired: { ja: 'この抜取検証は期限を過ぎました', en: 'This draw has expired' },
    }[state];
    throw new AppError('CONFLICT', { detail, extensions: { state } });
  }
  if (!judgedFirst.includes(by)) return;
  const detail = { ja: '最初に判定した人は抜取検証できません', en: 'Who judged first cannot check it blindly' };
  throw new AppError('FORBIDDEN', { detail, extensions: { state } });
}
