/** Access tokens: short-lived JWTs. Their role is for readers' convenience; the guard asks the database. */
import { AppError, type Clock } from '@imageflow/core';
import { errors, jwtVerify, SignJWT } from 'jose';
import { type SigningKeys, signingAlgorithm } from './keys.ts';

export const accessTokenSeconds = 15 * 60;
const issuer = 'imageflow';
const audience = 'imageflow-api';

export interface TokenSubject {
  readonly userId: string;
  readonly sessionId: string;
  readonly username: string;
  readonly role: string;
}

export function signAccessToken(keys: SigningKeys, clock: Clock, subject: TokenSubject): Promise<string> {
  const now = Math.floor(clock.now() / 1000);
  return new SignJWT({ sid: subject.sessionId, preferred_username: subject.username, role: subject.role })
    .setProtectedHeader({ alg: signingAlgorithm, kid: keys.kid, typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject.userId)
    .setIssuedAt(now)
    .setExpirationTime(now + accessTokenSeconds)
    .sign(keys.privateKey);
}

/** The session of a token. @throws AppError UNAUTHENTICATED when it is expired, forged or not ours. */
export async function readAccessToken(keys: SigningKeys, clock: Clock, token: string): Promise<string> {
  try {
    const { payload } = await jwtVerify(token, keys.find, {
      algorithms: [signingAlgorithm],
      issuer,
      audience,
      typ: 'at+jwt',
      currentDate: new Date(clock.now()),
      requiredClaims: ['exp', 'sub', 'sid'],
    });
    if (typeof payload.sid !== 'string') throw badToken(undefined);
    return payload.sid;
  } catch (error) {
    if (error instanceof errors.JOSEError) throw badToken(error);
    throw error;
  }
}

function badToken(cause: unknown): AppError {
  const isExpired = cause instanceof errors.JWTExpired;
  return new AppError('UNAUTHENTICATED', {
    detail: isExpired
      ? {
          ja: 'アクセストークンの期限が切れました。POST /api/v1/auth/refresh で更新してください',
          en: 'The access token has expired. Renew it with POST /api/v1/auth/refresh',
        }
      : { ja: 'アクセストークンが無効です。ログインし直してください', en: 'The access token is not valid. Sign in again' },
    cause,
  });
}
