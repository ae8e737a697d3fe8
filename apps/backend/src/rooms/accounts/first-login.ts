/** The first administrator. A random password is shown once: in a file that only the owner of the data can read, until it has been used. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tables } from '@imageflow/adapters/database';
import type { Ids } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Config } from '../../config.ts';
import { createPassword, hashPassword } from './passwords.ts';

export const firstAdmin = 'admin';

export function firstLoginFile(dataDir: string): string {
  return join(dataDir, 'first-login.txt');
}

/** Makes `admin` when there are no users. Answers whether it did. */
export async function ensureFirstAdmin(db: Kysely<Tables>, ids: Ids, config: Pick<Config, 'dataDir' | 'adminPassword'>): Promise<boolean> {
  const anyone = await db.selectFrom('users').select('id').limit(1).executeTakeFirst();
  if (anyone !== undefined) return false;
  const password = config.adminPassword ?? createPassword();
  // The file first: an account whose password nobody ever saw could not be entered.
  if (config.adminPassword === undefined) await writeFirstLogin(config.dataDir, password);
  const made = await db
    .insertInto('users')
    .values({
      id: ids.next(),
      username: firstAdmin,
      display_name: 'Administrator',
      role: 'admin',
      password_hash: await hashPassword(password),
    })
    .onConflict((conflict) => conflict.column('username').doNothing())
    .executeTakeFirst();
  return made.numInsertedOrUpdatedRows === 1n;
}

async function writeFirstLogin(dataDir: string, password: string): Promise<void> {
  const file = firstLoginFile(dataDir);
  // The mode is set only when a file is made.
  await rm(file, { force: true });
  await writeFile(file, `username: ${firstAdmin}\npassword: ${password}\n`, { mode: 0o600, flag: 'wx' });
}

/** Call after the administrator has signed in or changed the password. */
export async function forgetFirstLogin(dataDir: string): Promise<void> {
  await rm(firstLoginFile(dataDir), { force: true });
}
