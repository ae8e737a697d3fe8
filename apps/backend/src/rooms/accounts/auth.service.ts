/** Signing in and out, and who is calling. */
import type { Database, Tables } from '@imageflow/adapters/database';
import { AppError, type Clock, type Ids } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Config } from '../../config.ts';
import type { Authenticator, Caller } from '../../doors/caller.ts';
import { type AttemptLimit, createAttemptLimit } from './attempts.ts';
import { createExternalIssuer } from './external.ts';
import { firstAdmin, forgetFirstLogin } from './first-login.ts';
import { openSigningKeys, type SigningKeys } from './keys.ts';
import { checkPassword, hashPassword } from './passwords.ts';
import { createSharedAttemptLimit } from './shared-attempts.ts';
import type { SessionUser } from './sign-ins.queries.ts';
import { createSessions, type Sessions } from './sign-ins.ts';
import { createTickets, type Tickets } from './tickets.ts';
import { accessTokenSeconds, createTokenReader, signAccessToken } from './tokens.ts';

export interface Grant {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
  readonly user: SessionUser;
}

export interface AuthService {
  readonly authenticator: Authenticator;
  readonly keys: SigningKeys;
  readonly sessions: Sessions;
  readonly tickets: Tickets;
  /** @throws AppError LOGIN_FAILED (the same for unknown, disabled and wrong), RATE_LIMITED */
  login(username: string, password: string, address: string): Promise<Grant>;
  refresh(refreshToken: string): Promise<Grant>;
  /** Ends the user's other sessions. @throws AppError LOGIN_FAILED when `current` is wrong, RATE_LIMITED */
  changePassword(caller: Caller, current: string, next: string): Promise<void>;
}

export interface AuthNeeds {
  readonly database: Pick<Database, 'kind' | 'db'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly config: Pick<Config, 'dataDir' | 'limits' | 'externalIssuer'>;
}

const minuteMs = 60_000;

export async function openAuthService(needs: AuthNeeds): Promise<AuthService> {
  const { clock, config } = needs;
  const { db } = needs.database;
  const keys = await openSigningKeys(db, clock, needs.ids);
  const sessions = createSessions(db, clock, needs.ids);
  const tickets = createTickets(db, clock);
  const readToken = createTokenReader(keys, clock);
  const byUser = attemptLimit('user', config.limits.loginsPerMinute, needs);
  const byAddress = attemptLimit('address', config.limits.loginsPerMinute * 5, needs);
  const external = config.externalIssuer && createExternalIssuer(config.externalIssuer, { ...needs, db });
  const grant = async (user: SessionUser, refreshToken: string): Promise<Grant> => ({
    accessToken: await signAccessToken(keys, clock, user),
    refreshToken,
    expiresInSeconds: accessTokenSeconds,
    user,
  });
  return {
    keys,
    sessions,
    tickets,
    authenticator: {
      byToken: async (token) => sessions.caller(await (external?.isIssuerOf(token) ? external.sessionOf(token) : readToken(token))),
      byTicket: async (ticket) => sessions.caller(await tickets.spend(ticket)),
    },
    async login(typedName, password, address) {
      const username = typedName.trim().toLowerCase();
      await byAddress.take(address);
      await byUser.take(username);
      const user = await findUser(db, username);
      if (!(await checkPassword(user?.password_hash, password)) || user === undefined || user.disabled) throw new AppError('LOGIN_FAILED');
      await byUser.forgive(username);
      const started = await sessions.start(user.id);
      if (username === firstAdmin) await forgetFirstLogin(config.dataDir);
      return grant({ sessionId: started.sessionId, userId: user.id, username, role: user.role }, started.refreshToken);
    },
    async refresh(token) {
      const refreshed = await sessions.refresh(token);
      return grant(refreshed.user, refreshed.refreshToken);
    },
    async changePassword(caller, current, next) {
      await byUser.take(caller.username);
      const user = await findUser(db, caller.username);
      if (!(await checkPassword(user?.password_hash, current))) throw wrongCurrentPassword();
      await byUser.forgive(caller.username);
      const changes = { password_hash: await hashPassword(next), updated_at: new Date(clock.now()) };
      await db.updateTable('users').set(changes).where('id', '=', caller.userId).execute();
      await sessions.endAllOf(caller.userId, caller.sessionId);
      if (caller.username === firstAdmin) await forgetFirstLogin(config.dataDir);
    },
  };
}

/** The embedded database has one backend, which can count by itself. */
function attemptLimit(name: string, perMinute: number, { database, clock }: AuthNeeds): AttemptLimit {
  if (database.kind === 'pglite') return createAttemptLimit(clock, perMinute, minuteMs);
  return createSharedAttemptLimit(database.db, name, perMinute, minuteMs);
}

function findUser(db: Kysely<Tables>, username: string) {
  return db.selectFrom('users').select(['id', 'role', 'password_hash', 'disabled']).where('username', '=', username).executeTakeFirst();
}

function wrongCurrentPassword(): AppError {
  return new AppError('LOGIN_FAILED', { detail: { ja: '現在のパスワードが違います', en: 'The current password is wrong' } });
}
