/**
 * Tokens of an external OpenID Connect issuer. Their holder gets an account here, kept apart from the local ones by its name, so that audit,
 * tickets and disabling work for everyone alike; its role follows the token.
 */
import type { Tables } from '@imageflow/adapters/database';
import { AppError, type Clock, type Ids, type Role } from '@imageflow/core';
import { createRemoteJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Kysely } from 'kysely';
import { v5 } from 'uuid';
import { createPassword, hashPassword } from './passwords.ts';

export interface ExternalIssuerSettings {
  /** Address of the issuer, exactly as in its tokens' `iss`. */
  readonly issuer: string;
  readonly audience: string;
  /** Claim that holds a role's name or a list of them; dots lead into objects, e.g. "realm_access.roles". */
  readonly roleClaim: string;
}

export interface ExternalIssuer {
  /** Whether a token says that it is of this issuer. Proves nothing. */
  isIssuerOf(token: string): boolean;
  /** The session of a token. @throws AppError UNAUTHENTICATED, FORBIDDEN without a role, SERVICE_UNAVAILABLE */
  sessionOf(token: string): Promise<string>;
}

/** Asymmetric only. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
/** Of several roles in a token the first of these counts. */
const roles: readonly Role[] = ['admin', 'engineer', 'inspector', 'viewer'];
const discoveryTimeoutMs = 5000;
const clockToleranceSeconds = 30;
const maxKnown = 10_000;

type FindKey = ReturnType<typeof createRemoteJWKSet>;

export function createExternalIssuer(
  settings: ExternalIssuerSettings,
  { db, clock, ids }: { readonly db: Kysely<Tables>; readonly clock: Clock; readonly ids: Ids },
): ExternalIssuer {
  let keys: Promise<FindKey> | undefined;
  /** Sessions, each until when, that are in the database already. */
  const known = new Set<string>();
  const findKeys = (): Promise<FindKey> => {
    keys ??= discover(settings.issuer);
    // The issuer may be back at the next token.
    keys.catch(() => {
      keys = undefined;
    });
    return keys;
  };
  return {
    isIssuerOf: (token) => claimedIssuer(token) === settings.issuer,
    async sessionOf(token) {
      const claims = await verify(token, await findKeys(), settings, clock);
      const sessionId = sessionIdOf(claims);
      const key = `${sessionId} ${claims.exp}`;
      if (known.has(key)) return sessionId;
      const holder = { claims, sessionId, role: roleOf(claims, settings.roleClaim), id: ids.next(), now: new Date(clock.now()) };
      await admitHolder(db, holder);
      if (known.size >= maxKnown) known.clear();
      known.add(key);
      return sessionId;
    },
  };
}

function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

async function discover(issuer: string): Promise<FindKey> {
  try {
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(discoveryTimeoutMs) });
    const document: unknown = await response.json();
    const isObject = typeof document === 'object' && document !== null;
    if (!isObject || !('jwks_uri' in document) || !('issuer' in document)) throw new Error(`no discovery document at ${address}`);
    if (document.issuer !== issuer) throw new Error(`${address} is of another issuer: ${String(document.issuer)}`);
    return createRemoteJWKSet(new URL(String(document.jwks_uri)), { timeoutDuration: discoveryTimeoutMs });
  } catch (cause) {
    throw unreachable(cause);
  }
}

async function verify(token: string, keys: FindKey, { issuer, audience }: ExternalIssuerSettings, clock: Clock): Promise<JWTPayload> {
  try {
    const requiredClaims = ['exp', 'sub', 'iat'];
    const currentDate = new Date(clock.now());
    const options = { algorithms, issuer, audience, requiredClaims, currentDate, clockTolerance: clockToleranceSeconds };
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWKSTimeout) throw unreachable(error);
    if (error instanceof errors.JOSEError) throw refusedToken(error);
    // fetch's own errors.
    throw unreachable(error);
  }
}

/** Session id derived from the token: the same on every backend, new for the next sign-in, so a revoked session stays revoked. */
function sessionIdOf(claims: JWTPayload): string {
  const { iss, sub, sid, jti, iat } = claims;
  return v5(JSON.stringify([iss, sub, sid ?? jti ?? iat]), v5.URL);
}

function roleOf(claims: JWTPayload, path: string): Role {
  let value: unknown = claims;
  for (const name of path.split('.')) {
    value = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  }
  const names = new Set([value].flat());
  const role = roles.find((candidate) => names.has(candidate));
  if (role !== undefined) return role;
  throw new AppError('FORBIDDEN', {
    detail: {
      ja: `トークンの「${path}」に使える役割がありません。${roles.join('、')} のどれかを割り当ててください`,
      en: `The token's "${path}" holds no role of this system. Assign one of ${roles.join(', ')}`,
    },
  });
}

interface Holder {
  readonly claims: JWTPayload;
  readonly sessionId: string;
  readonly role: Role;
  /** For the account, when there is none yet. */
  readonly id: string;
  readonly now: Date;
}

async function admitHolder(db: Kysely<Tables>, { claims, sessionId, role, id, now }: Holder): Promise<void> {
  const { preferred_username: name, email, iss, sub, exp = 0 } = claims;
  // The slash cannot be typed for a local account, so no token can take one over; nor one issuer's user another's.
  const username = `oidc/${v5(JSON.stringify([iss, sub]), v5.URL)}`;
  const displayName = String(name ?? email ?? sub).slice(0, 100);
  const expiresAt = new Date((exp + clockToleranceSeconds) * 1000);
  const user = { id, username, display_name: displayName, role, password_hash: await hashPassword(createPassword()) };
  await db.transaction().execute(async (transaction) => {
    const account = await transaction
      .insertInto('users')
      .values(user)
      .onConflict((conflict) => conflict.column('username').doUpdateSet({ display_name: displayName, role, updated_at: now }))
      .returning('id')
      .executeTakeFirstOrThrow();
    // A sign-in that was ended here stays ended: revoked_at is left alone.
    await transaction
      .insertInto('sessions')
      .values({ id: sessionId, user_id: account.id, expires_at: expiresAt, revoked_at: null })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ expires_at: expiresAt }))
      .execute();
  });
}

function refusedToken(cause: unknown): AppError {
  return new AppError('UNAUTHENTICATED', {
    detail: {
      ja: '外部の認証基盤のトークンが無効か、期限切れです。ログインし直してください',
      en: 'The token of the external issuer is not valid or has expired. Sign in again',
    },
    cause,
  });
}

function unreachable(cause: unknown): AppError {
  return new AppError('SERVICE_UNAVAILABLE', {
    detail: {
      ja: '外部の認証基盤に接続できないため、トークンを確認できません。しばらくしてからやり直してください',
      en: 'The external issuer cannot be reached, so its token cannot be checked. Try again later',
    },
    retryAfterSeconds: 10,
    cause,
  });
}
