/** Accounts: made, changed and removed by administrators, of whom one always remains. */
import type { Tables } from '@imageflow/adapters/database';
import { AppError, type Clock, type Ids, type Role } from '@imageflow/core';
import type { Kysely, Transaction } from 'kysely';
import { decodeCursor, type Page, toPage, uuidPattern } from '../../doors/page.ts';
import { hashPassword } from './passwords.ts';
import type { Sessions } from './sign-ins.ts';
import { deleteUserRow, insertUser, lockActiveAdmins, selectUser, selectUsers, type UserRow, updateUserRow } from './users.queries.ts';

export interface UserChanges {
  readonly displayName?: string | undefined;
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
  readonly password?: string | undefined;
}

export interface UsersService {
  list(filter: { limit: number; cursor: string | undefined; search: string | undefined }): Promise<Page<UserRow>>;
  /** @throws AppError NOT_FOUND */
  get(id: string): Promise<UserRow>;
  /** @throws AppError CONFLICT when the name is taken. */
  create(user: { username: string; displayName: string; role: Role; password: string }): Promise<UserRow>;
  /** A new password or a disabled account ends the user's sessions. @throws AppError NOT_FOUND, CONFLICT for the last administrator */
  update(id: string, changes: UserChanges): Promise<UserRow>;
  /** Answers what was removed. @throws AppError NOT_FOUND, CONFLICT for the last administrator */
  remove(id: string): Promise<UserRow>;
}

export interface UsersNeeds {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly sessions: Sessions;
}

export function createUsersService({ db, clock, ids, sessions }: UsersNeeds): UsersService {
  return {
    async list({ limit, cursor, search }) {
      const beforeId = cursor === undefined ? undefined : decodeCursor(cursor, uuidPattern);
      return toPage(await selectUsers(db, { limit, beforeId, search }), limit, (user) => user.id);
    },
    get: async (id) => (await selectUser(db, id)) ?? unknownUser(id),
    async create(user) {
      const username = user.username.toLowerCase();
      const passwordHash = await hashPassword(user.password);
      const made = await insertUser(db, { id: ids.next(), username, displayName: user.displayName, role: user.role, passwordHash });
      return made ?? nameTaken(username);
    },
    async update(id, changes) {
      const passwordHash = changes.password === undefined ? undefined : await hashPassword(changes.password);
      const updated = await db.transaction().execute(async (transaction) => {
        const losesAdmin = changes.disabled === true || (changes.role !== undefined && changes.role !== 'admin');
        if (losesAdmin) await keepAnAdmin(transaction, id);
        return updateUserRow(transaction, id, { ...toColumns(changes, passwordHash), updated_at: new Date(clock.now()) });
      });
      if (updated === undefined) return unknownUser(id);
      if (passwordHash !== undefined || updated.disabled) await sessions.endAllOf(id);
      return updated;
    },
    async remove(id) {
      const user = await db.transaction().execute(async (transaction) => {
        const found = (await selectUser(transaction, id)) ?? unknownUser(id);
        await keepAnAdmin(transaction, id);
        await deleteUserRow(transaction, id);
        return found;
      });
      await sessions.endAllOf(id);
      return user;
    },
  };
}

function toColumns(changes: UserChanges, passwordHash: string | undefined) {
  return {
    ...(changes.displayName !== undefined && { display_name: changes.displayName }),
    ...(changes.role !== undefined && { role: changes.role }),
    ...(changes.disabled !== undefined && { disabled: changes.disabled }),
    ...(passwordHash !== undefined && { password_hash: passwordHash }),
  };
}

async function keepAnAdmin(transaction: Transaction<Tables>, leaving: string): Promise<void> {
  const admins = await lockActiveAdmins(transaction);
  if (admins.length > 1 || admins[0] !== leaving) return;
  throw new AppError('CONFLICT', {
    detail: {
      ja: '最後の管理者は、削除・無効化・役割変更ができません。先に別の管理者を作ってください',
      en: 'The last administrator cannot be removed, disabled or given another role. Make another administrator first',
    },
  });
}

function unknownUser(id: string): never {
  throw new AppError('NOT_FOUND', { detail: { ja: `ユーザー ${id} はありません`, en: `There is no user ${id}` } });
}

function nameTaken(username: string): never {
  throw new AppError('CONFLICT', {
    detail: { ja: `ユーザー名「${username}」は使われています`, en: `The user name "${username}" is taken` },
    faults: [{ field: 'username', message: { ja: '別の名前にしてください', en: 'Choose another name' }, value: username }],
  });
}
