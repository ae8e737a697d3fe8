/** The user's models as the platform keeps them: the file in the object store, the rest in the settings, so that instances that come later get them too. */
import type { Tables } from '@imageflow/adapters/database';
import type { Kysely } from 'kysely';

export interface StoredModel {
  readonly name: string;
  readonly object_key: string;
  readonly size_bytes: number;
  readonly labels: string;
  readonly license: string;
}

const prefix = 'model:';

export async function selectStoredModels(db: Kysely<Tables>): Promise<readonly StoredModel[]> {
  const rows = await db.selectFrom('settings').select('value').where('key', 'like', `${prefix}%`).orderBy('key').execute();
  // Written below, by this program.
  return rows.map((row) => row.value as unknown as StoredModel);
}

export async function insertStoredModel(db: Kysely<Tables>, model: StoredModel): Promise<void> {
  const value = JSON.stringify(model);
  await db
    .insertInto('settings')
    .values({ key: prefix + model.name, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
}

/** Answers what was deleted. */
export async function deleteStoredModel(db: Kysely<Tables>, name: string): Promise<StoredModel | undefined> {
  const row = await db
    .deleteFrom('settings')
    .where('key', '=', prefix + name)
    .returning('value')
    .executeTakeFirst();
  return row?.value as StoredModel | undefined;
}
