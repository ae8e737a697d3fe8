/** The account of whoever starts a server on his own data, for as long as that server runs (`imageflow run` without a server). */
import type { Tables } from '@imageflow/adapters/database';
import type { Ids } from '@imageflow/core';
import type { Kysely } from 'kysely';
import { hashPassword } from './passwords.ts';

const localUser = 'local';

/** Makes or enables the account with this password; without one it is disabled, because nobody knows the last start's. */
export async function settleLocalUser(db: Kysely<Tables>, ids: Ids, password: string | undefined): Promise<void> {
  if (password === undefined) {
    await db.updateTable('users').set({ disabled: true }).where('username', '=', localUser).where('disabled', '=', false).execute();
    return;
  }
  const account = { role: 'engineer' as const, disabled: false, password_hash: await hashPassword(password) };
  await db
    .insertInto('users')
    .values({ id: ids.next(), username: localUser, display_name: 'imageflow run', ...account })
    .onConflict((conflict) => conflict.column('username').doUpdateSet(account))
    .execute();
}
