/** Sign-in over REST. */
import { authRoutes } from '@imageflow/contract';
import type { FastifyInstance } from 'fastify';
import { register } from '../../doors/rest.ts';
import type { AuthService, Grant } from './auth.service.ts';
import { actionsOf } from './roles.ts';
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
