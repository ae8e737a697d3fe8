/** Sessions and their refresh tokens in the database. */
import type { Tables } from '@imageflow/adapters/database';
import type { Role } from '@imageflow/core';
import type { Kysely, Transaction } from 'kysely';

type Handle = Kysely<Tables> | Transaction<Tables>;

export interface SessionUser {
  readonly sessionId: string;
  readonly userId: string;
  readonly username: string;
  readonly role: Role;
}

/** The session's user as of now; undefined when session or user may not act any more. */
export async function findActiveSession(db: Handle, sessionId: string, now: Date): Promise<SessionUser | undefined> {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(['sessions.id as sessionId', 'users.id as userId', 'users.username', 'users.role'])
    .where('sessions.id', '=', sessionId)
    .where('sessions.revoked_at', 'is', null)
    .where('sessions.expires_at', '>', now)
    .where('users.disabled', '=', false)
    .executeTakeFirst();
}

export async function insertSession(db: Handle, session: { id: string; userId: string; expiresAt: Date }): Promise<void> {
  await db
    .insertInto('sessions')
    .values({ id: session.id, user_id: session.userId, expires_at: session.expiresAt, revoked_at: null })
    .execute();
}

export async function insertRefreshToken(db: Handle, token: { hash: string; sessionId: string; expiresAt: Date }): Promise<void> {
  await db
    .insertInto('refresh_tokens')
    .values({ token_hash: token.hash, session_id: token.sessionId, expires_at: token.expiresAt, used_at: null })
    .execute();
}

export type Spending = { readonly kind: 'spent' | 'reused'; readonly sessionId: string } | { readonly kind: 'unknown' };

/** Uses a refresh token up, in one statement: of two that bring the same, one gets "reused". */
export async function spendRefreshToken(db: Handle, hash: string, now: Date): Promise<Spending> {
  const spent = await db
    .updateTable('refresh_tokens')
    .set({ used_at: now })
    .where('token_hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('session_id')
    .executeTakeFirst();
  if (spent !== undefined) return { kind: 'spent', sessionId: spent.session_id };
  const used = await db
    .selectFrom('refresh_tokens')
    .select('session_id')
    .where('token_hash', '=', hash)
    .where('used_at', 'is not', null)
    .executeTakeFirst();
  return used === undefined ? { kind: 'unknown' } : { kind: 'reused', sessionId: used.session_id };
}

export async function revokeSession(db: Handle, sessionId: string, now: Date): Promise<void> {
  await db.updateTable('sessions').set({ revoked_at: now }).where('id', '=', sessionId).where('revoked_at', 'is', null).execute();
}

/** Ends all sessions of a user, `except` one. */
export async function revokeSessionsOf(db: Handle, userId: string, now: Date, except?: string): Promise<void> {
  let query = db.updateTable('sessions').set({ revoked_at: now }).where('user_id', '=', userId).where('revoked_at', 'is', null);
  if (except !== undefined) query = query.where('id', '!=', except);
  await query.execute();
}

/** Removes what has expired; keeps nothing that could still be brought back to us. */
export async function deleteExpired(db: Handle, now: Date): Promise<void> {
  await db.deleteFrom('tickets').where('expires_at', '<', now).execute();
  await db.deleteFrom('refresh_tokens').where('expires_at', '<', now).execute();
  await db.deleteFrom('sessions').where('expires_at', '<', now).execute();
}
