/**
 * Keys that sign access tokens: ES256, kept in the database, so that every backend verifies what any of them signed.
 * A key signs for 90 days; then a new one does, and the old one verifies on until its last token has expired.
 */

import type { Tables } from '@imageflow/adapters/database';
import { AppError, type Clock, type Ids } from '@imageflow/core';
import {
  type CryptoKey,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose';
import { type Kysely, sql } from 'kysely';

export const signingAlgorithm = 'ES256';

export interface SigningKeys {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** Public keys, for /.well-known/jwks.json; those of other backends are there within a second. */
  published(): Promise<JSONWebKeySet>;
  /** Finds the key of a token; looks into the database, at most once a second, for one it does not know. */
  readonly find: JWTVerifyGetKey;
}

const signsForMs = 90 * 24 * 3600_000;
/** Longer than an access token lives. */
const verifiesForMs = 24 * 3600_000;
const reloadIntervalMs = 1000;

export async function openSigningKeys(db: Kysely<Tables>, clock: Clock, ids: Ids): Promise<SigningKeys> {
  await retireOld(db, clock.now());
  const current = (await newestKey(db)) ?? (await createFirst(db, ids));
  const privateKey = await importJWK(current.private_jwk, signingAlgorithm);
  if (privateKey instanceof Uint8Array) throw new AppError('INTERNAL', { cause: current.kid });
  let published = await loadPublished(db, clock.now());
  let resolve = createLocalJWKSet(published);
  let loadedAt = clock.now();
  const reload = async (): Promise<void> => {
    if (clock.now() - loadedAt < reloadIntervalMs) return;
    loadedAt = clock.now();
    published = await loadPublished(db, loadedAt);
    resolve = createLocalJWKSet(published);
  };
  return {
    kid: current.kid,
    privateKey,
    async published() {
      // A gateway refuses tokens of a key that it is not told of, so nobody would bring such a token here.
      await reload();
      return published;
    },
    async find(header, token) {
      if (!published.keys.some((key) => key.kid === header.kid)) await reload();
      return resolve(header, token);
    },
  };
}

async function retireOld(db: Kysely<Tables>, now: number): Promise<void> {
  await db
    .updateTable('signing_keys')
    .set({ retired_at: new Date(now) })
    .where('retired_at', 'is', null)
    .where('created_at', '<', new Date(now - signsForMs))
    .execute();
}

function newestKey(db: Kysely<Tables>): Promise<{ kid: string; private_jwk: JWK } | undefined> {
  return db
    .selectFrom('signing_keys')
    .select(['kid', 'private_jwk'])
    .where('retired_at', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('kid', 'desc')
    .executeTakeFirst();
}

/** Backends that start at once wait for each other, so that all sign with one key. */
function createFirst(db: Kysely<Tables>, ids: Ids): Promise<{ kid: string; private_jwk: JWK }> {
  return db.transaction().execute(async (transaction) => {
    await sql`lock table signing_keys in exclusive mode`.execute(transaction);
    return (await newestKey(transaction)) ?? createKey(transaction, ids);
  });
}

async function createKey(db: Kysely<Tables>, ids: Ids): Promise<{ kid: string; private_jwk: JWK }> {
  const pair = await generateKeyPair(signingAlgorithm, { extractable: true });
  const kid = ids.next();
  const common = { kid, alg: signingAlgorithm, use: 'sig' };
  const privateJwk = { ...(await exportJWK(pair.privateKey)), ...common };
  const publicJwk = { ...(await exportJWK(pair.publicKey)), ...common };
  await db
    .insertInto('signing_keys')
    .values({ kid, private_jwk: JSON.stringify(privateJwk), public_jwk: JSON.stringify(publicJwk), retired_at: null })
    .execute();
  return { kid, private_jwk: privateJwk };
}

async function loadPublished(db: Kysely<Tables>, now: number): Promise<JSONWebKeySet> {
  const rows = await db
    .selectFrom('signing_keys')
    .select('public_jwk')
    .where((where) => where.or([where('retired_at', 'is', null), where('retired_at', '>', new Date(now - verifiesForMs))]))
    .execute();
  return { keys: rows.map((row) => row.public_jwk as JWK) };
}
