/** One-time tickets: a browser cannot send headers when it opens a WebSocket, so it brings one of these in the address. */
import type { Tables } from '@imageflow/adapters/database';
import { AppError, type Clock } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Caller } from '../../doors/caller.ts';
import { createSecret, hashSecret } from './secrets.ts';

export const ticketSeconds = 30;

export interface Tickets {
  issue(caller: Caller): Promise<{ readonly ticket: string; readonly expiresAt: Date }>;
  /** The session of a ticket, which is gone afterwards. @throws AppError UNAUTHENTICATED */
  spend(ticket: string): Promise<string>;
}

export function createTickets(db: Kysely<Tables>, clock: Clock): Tickets {
  return {
    async issue(caller) {
      const ticket = createSecret();
      const expiresAt = new Date(clock.now() + ticketSeconds * 1000);
      await db
        .insertInto('tickets')
        .values({ token_hash: hashSecret(ticket), user_id: caller.userId, session_id: caller.sessionId, expires_at: expiresAt })
        .execute();
      return { ticket, expiresAt };
    },
    async spend(ticket) {
      const row = await db
        .deleteFrom('tickets')
        .where('token_hash', '=', hashSecret(ticket))
        .returning(['session_id', 'expires_at'])
        .executeTakeFirst();
      if (row !== undefined && row.expires_at.getTime() > clock.now()) return row.session_id;
      throw new AppError('UNAUTHENTICATED', {
        detail: {
          ja: 'チケットが無効か、使用済みか、期限切れです。POST /api/v1/ws-tickets で取り直してください',
          en: 'The ticket is not valid, used or expired. Get another with POST /api/v1/ws-tickets',
        },
      });
    },
  };
}
