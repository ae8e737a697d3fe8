/** The one door: credentials → caller → permission table. Used by routes, sockets and gRPC methods. */
import { type Action, AppError, isAllowed } from '@imageflow/core';
import type { Authenticator, Caller } from './caller.ts';

export interface Credentials {
  readonly authorization: string | undefined;
  readonly ticket?: string | undefined;
  /** An access token from the cookie of an own page; see cookies.ts. */
  readonly pageToken?: string | undefined;
}

/** @throws AppError UNAUTHENTICATED without valid credentials, FORBIDDEN when the caller's role does not allow the action. */
export async function admit(authenticator: Authenticator, credentials: Credentials, action: Action): Promise<Caller> {
  const caller = await identify(authenticator, credentials);
  if (isAllowed(caller.role, action)) return caller;
  throw new AppError('FORBIDDEN', {
    detail: {
      ja: `役割「${caller.role}」では操作「${action}」を行えません。管理者に依頼してください`,
      en: `The role "${caller.role}" does not allow "${action}". Ask an administrator`,
    },
  });
}

function identify(authenticator: Authenticator, credentials: Credentials): Promise<Caller> {
  const token = bearerToken(credentials.authorization);
  if (token !== undefined) return authenticator.byToken(token);
  if (credentials.ticket !== undefined) return authenticator.byTicket(credentials.ticket);
  if (credentials.pageToken !== undefined) return authenticator.byToken(credentials.pageToken);
  throw new AppError('UNAUTHENTICATED', {
    detail: {
      ja: 'Authorization: Bearer <アクセストークン> を付けてください。トークンは POST /api/v1/auth/login で得られます',
      en: 'Send Authorization: Bearer <access token>. POST /api/v1/auth/login gives one',
    },
  });
}

function bearerToken(header: string | undefined): string | undefined {
  const match = /^Bearer +([^\s]+) *$/i.exec(header ?? '');
  return match?.[1];
}
