/** Sign-in over REST. */
import { authRoutes } from '@imageflow/contract';
import { AppError } from '@imageflow/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { endCookies, grantCookies, isOwnPage, pageRefreshToken } from '../../doors/cookies.ts';
import { register } from '../../doors/rest.ts';
import type { AuthService, Grant } from './auth.service.ts';
import { actionsOf } from './roles.ts';
import { refreshTokenSeconds } from './sign-ins.ts';
import { ticketSeconds } from './tickets.ts';
import { toWireUser } from './users.routes.ts';
import type { UsersService } from './users.service.ts';

export interface AuthRouteNeeds {
  readonly auth: AuthService;
  readonly users: UsersService;
}

/** Tokens must not stay in a cache (RFC 6749 §5.1). */
const secretAnswer = { 'cache-control': 'no-store' };

export function registerAuthRoutes(app: FastifyInstance, { auth, users }: AuthRouteNeeds): void {
  register(app, authRoutes.login, async ({ body, request }) => {
    const grant = await auth.login(body.username, body.password, request.ip);
    return { status: 200, headers: secretAnswer, body: toWireGrant(grant) };
  });
  register(app, authRoutes.refresh, async ({ body }) => {
    return { status: 200, headers: secretAnswer, body: toWireGrant(await auth.refresh(body.refresh_token)) };
  });
  register(app, authRoutes.logout, async ({ caller }) => {
    await auth.sessions.end(caller.sessionId);
    return { status: 204 };
  });
  registerPageSession(app, auth);
  register(app, authRoutes.me, async ({ caller }) => {
    const user = await users.get(caller.userId);
    return { status: 200, headers: secretAnswer, body: { ...toWireUser(user), actions: actionsOf(user.role) } };
  });
  register(app, authRoutes.changePassword, async ({ caller, body }) => {
    await auth.changePassword(caller, body.current_password, body.new_password);
    return { status: 204 };
  });
  register(app, authRoutes.createTicket, async ({ caller }) => {
    const { ticket, expiresAt } = await auth.tickets.issue(caller);
    return { status: 201, headers: secretAnswer, body: { ticket, expires_in: ticketSeconds, expires_at: expiresAt.toISOString() } };
  });
}

function registerPageSession(app: FastifyInstance, auth: AuthService): void {
  register(app, authRoutes.startPageSession, async ({ body, request }) => {
    if (!isOwnPage(request)) throw foreignPage();
    return { status: 200, ...pageAnswer(await auth.login(body.username, body.password, request.ip), request) };
  });
  register(app, authRoutes.refreshPageSession, async ({ request }) => {
    const token = pageRefreshToken(request);
    if (token === undefined) throw foreignPage();
    return { status: 200, ...pageAnswer(await auth.refresh(token), request) };
  });
  register(app, authRoutes.endPageSession, async ({ caller, request }) => {
    await auth.sessions.end(caller.sessionId);
    return { status: 204, headers: { ...secretAnswer, 'set-cookie': endCookies(isSecure(request)) } };
  });
}

function pageAnswer(grant: Grant, request: FastifyRequest) {
  const { user, expires_in } = toWireGrant(grant);
  return {
    headers: { ...secretAnswer, 'set-cookie': grantCookies({ ...grant, refreshTokenSeconds }, isSecure(request)) },
    body: { user, expires_in },
  };
}

function isSecure(request: FastifyRequest): boolean {
  return request.protocol === 'https';
}

function foreignPage(): AppError {
  return new AppError('UNAUTHENTICATED', {
    detail: {
      ja: 'このサーバーのページでサインインしてください。ほかのプログラムは POST /api/v1/auth/login を使います',
      en: 'Sign in on a page of this server. Other programs use POST /api/v1/auth/login',
    },
  });
}

function toWireGrant(grant: Grant) {
  const { userId, username, role } = grant.user;
  return {
    access_token: grant.accessToken,
    token_type: 'Bearer' as const,
    expires_in: grant.expiresInSeconds,
    refresh_token: grant.refreshToken,
    user: { id: userId, username, role },
  };
}
