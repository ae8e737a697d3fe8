/** Users in the database. */
import type { Tables } from '@imageflow/adapters/database';
import type { Role } from '@imageflow/core';
import type { Kysely, Selectable, Transaction, Updateable } from 'kysely';
import { containsPattern } from '../../doors/page.ts';

type Handle = Kysely<Tables> | Transaction<Tables>;

export type UserRow = Omit<Selectable<Tables['users']>, 'password_hash'>;

const columns = ['id', 'username', 'display_name', 'role', 'disabled', 'created_at', 'updated_at'] as const;

export interface UserFilter {
  readonly limit: number;
  /** Ids before this one, newest first. */
  readonly beforeId: string | undefined;
  readonly search: string | undefined;
}

/** One more than `limit`, to see whether there is a next page. */
export function selectUsers(db: Handle, filter: UserFilter): Promise<UserRow[]> {
  const { beforeId, search } = filter;
  let query = db
    .selectFrom('users')
    .select(columns)
    .orderBy('id', 'desc')
    .limit(filter.limit + 1);
  if (beforeId !== undefined) query = query.where('id', '<', beforeId);
  if (search !== undefined) {
    const pattern = containsPattern(search);
    query = query.where((where) => where.or([where('username', 'ilike', pattern), where('display_name', 'ilike', pattern)]));
  }
  return query.execute();
}

export function selectUser(db: Handle, id: string): Promise<UserRow | undefined> {
  return db.selectFrom('users').select(columns).where('id', '=', id).executeTakeFirst();
}

export interface NewUser {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  readonly role: Role;
  readonly passwordHash: string;
}

/** Undefined when the name is taken. */
export function insertUser(db: Handle, user: NewUser): Promise<UserRow | undefined> {
  return db
    .insertInto('users')
    .values({
      id: user.id,
      username: user.username,
      display_name: user.displayName,
      role: user.role,
      password_hash: user.passwordHash,
    })
    .onConflict((conflict) => conflict.column('username').doNothing())
    .returning(columns)
    .executeTakeFirst();
}

export function updateUserRow(db: Handle, id: string, changes: Updateable<Tables['users']>): Promise<UserRow | undefined> {
  return db.updateTable('users').set(changes).where('id', '=', id).returning(columns).executeTakeFirst();
}

export async function deleteUserRow(db: Handle, id: string): Promise<void> {
  await db.deleteFrom('users').where('id', '=', id).execute();
}

/** Ids of the administrators who can sign in, locked until the transaction ends: two that each remove the other must not both succeed. */
export async function lockActiveAdmins(transaction: Transaction<Tables>): Promise<readonly string[]> {
  const rows = await transaction
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('disabled', '=', false)
    .orderBy('id')
    .forUpdate()
    .execute();
  return rows.map((row) => row.id);
}
