/** Sign-ins: opened with a refresh token, kept alive by exchanging it, ended by logout or by a token that comes twice. */
import type { Tables } from '@imageflow/adapters/database';
import { AppError, type Clock, type Ids } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Caller } from '../../doors/caller.ts';
import { createSecret, hashSecret } from './secrets.ts';
import {
  findActiveSession,
  insertRefreshToken,
  insertSession,
  revokeSession,
  revokeSessionsOf,
  type SessionUser,
  spendRefreshToken,
} from './sign-ins.queries.ts';

export interface Sessions {
  /** A new session of a user, with its first refresh token. */
  start(userId: string): Promise<{ readonly sessionId: string; readonly refreshToken: string }>;
  /** @throws AppError UNAUTHENTICATED; a token used before also ends its session, because one of its holders is not the user. */
  refresh(refreshToken: string): Promise<{ readonly user: SessionUser; readonly refreshToken: string }>;
  /** The caller of a session that is alive. What is answered may be up to a second old. @throws AppError UNAUTHENTICATED */
  caller(sessionId: string): Promise<Caller>;
  end(sessionId: string): Promise<void>;
  /** Ends all sessions of a user, `except` one. */
  endAllOf(userId: string, except?: string): Promise<void>;
}

const sessionMs = 30 * 24 * 3600_000;
export const refreshTokenSeconds = 14 * 24 * 3600;
/** How long another backend may go on accepting a session that was ended. */
const cachedMs = 1000;
const maxCached = 10_000;

export function createSessions(db: Kysely<Tables>, clock: Clock, ids: Ids): Sessions {
  const cache = new Map<string, { readonly until: number; readonly caller: Promise<Caller> }>();
  const now = (): Date => new Date(clock.now());
  const nextToken = async (handle: Kysely<Tables>, sessionId: string): Promise<string> => {
    const token = createSecret();
    await insertRefreshToken(handle, { hash: hashSecret(token), sessionId, expiresAt: new Date(clock.now() + refreshTokenSeconds * 1000) });
    return token;
  };
  return {
    async start(userId) {
      const sessionId = ids.next();
      return db.transaction().execute(async (transaction) => {
        await insertSession(transaction, { id: sessionId, userId, expiresAt: new Date(clock.now() + sessionMs) });
        return { sessionId, refreshToken: await nextToken(transaction, sessionId) };
      });
    },
    async refresh(refreshToken) {
      // The outcome is a value: a thrown error would roll the revocation back.
      const outcome = await db.transaction().execute(async (transaction) => {
        const spending = await spendRefreshToken(transaction, hashSecret(refreshToken), now());
        if (spending.kind === 'reused') await revokeSession(transaction, spending.sessionId, now());
        if (spending.kind !== 'spent') return undefined;
        const user = await findActiveSession(transaction, spending.sessionId, now());
        return user && { user, refreshToken: await nextToken(transaction, user.sessionId) };
      });
      if (outcome === undefined) cache.clear();
      return outcome ?? refuseRefresh();
    },
    caller(sessionId) {
      const known = cache.get(sessionId);
      if (known !== undefined && known.until > clock.now()) return known.caller;
      const caller = findActiveSession(db, sessionId, now()).then(toCaller);
      // An answer that failed is not kept.
      caller.catch(() => cache.delete(sessionId));
      cache.delete(sessionId);
      cache.set(sessionId, { until: clock.now() + cachedMs, caller });
      trim(cache);
      return caller;
    },
    async end(sessionId) {
      await revokeSession(db, sessionId, now());
      cache.delete(sessionId);
    },
    async endAllOf(userId, except) {
      await revokeSessionsOf(db, userId, now(), except);
      cache.clear();
    },
  };
}

function trim(cache: Map<string, unknown>): void {
  const oldest = cache.keys().next();
  if (cache.size > maxCached && !oldest.done) cache.delete(oldest.value);
}

function toCaller(user: SessionUser | undefined): Caller {
  if (user !== undefined) return { kind: 'user', ...user };
  throw new AppError('UNAUTHENTICATED', {
    detail: { ja: 'このログインは終了しています。ログインし直してください', en: 'This sign-in has ended. Sign in again' },
  });
}

function refuseRefresh(): never {
  throw new AppError('UNAUTHENTICATED', {
    detail: { ja: 'リフレッシュトークンが無効です。ログインし直してください', en: 'The refresh token is not valid. Sign in again' },
  });
}
