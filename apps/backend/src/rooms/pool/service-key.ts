/**
 * The key by which service instances announce themselves: IMAGEFLOW_SERVICE_KEY, else one made at the first start. It is in the data folder,
 * where an operator finds it, and in the database, so that every backend takes the same.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database, Tables } from '@imageflow/adapters/database';
import type { Kysely } from 'kysely';

export interface ServiceKey {
  readonly text: string;
  /** Compares in constant time. */
  isKey(text: string): boolean;
}

const settingKey = 'service_key';

export const serviceKeyFile = (dataDir: string): string => join(dataDir, 'service-key.txt');

export async function openServiceKey(
  { kind, db }: Pick<Database, 'kind' | 'db'>,
  dataDir: string,
  setting: string | undefined,
): Promise<ServiceKey> {
  const key = setting ?? (kind === 'pglite' ? await readOrMake(serviceKeyFile(dataDir)) : await readShared(db, serviceKeyFile(dataDir)));
  const digest = digestOf(key);
  return { text: key, isKey: (text) => timingSafeEqual(digestOf(text), digest) };
}

/** The first backend's becomes everybody's. */
async function readShared(db: Kysely<Tables>, file: string): Promise<string> {
  const value = JSON.stringify({ key: await readOrMake(file) });
  await db
    .insertInto('settings')
    .values({ key: settingKey, value })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  const row = await db.selectFrom('settings').select('value').where('key', '=', settingKey).executeTakeFirstOrThrow();
  const { key } = row.value as { readonly key: string };
  await writeFile(file, `${key}\n`, { mode: 0o600 });
  return key;
}

async function readOrMake(file: string): Promise<string> {
  const made = randomBytes(32).toString('base64url');
  try {
    await writeFile(file, `${made}\n`, { flag: 'wx', mode: 0o600 });
    return made;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return (await readFile(file, 'utf8')).trim();
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
