/**
 * Whose content a store holds: each installation has an id in its database and an object of that name in its store. An empty database in front of a
 * full store, a wrong address, or two installations in one bucket show as ids that do not agree.
 */
import { randomUUID } from 'node:crypto';
import type { Tables } from '@imageflow/adapters/database';
import type { ObjectStore } from '@imageflow/core';
import type { Kysely } from 'kysely';

const settingKey = 'installation';
const prefix = 'installations/';

export interface Ownership {
  /** True when this installation's id, and no other, was in the store before. */
  readonly isSole: boolean;
  /** Ids of other installations in the store, a few at most. */
  readonly others: readonly string[];
}

const maxOthers = 10;

/** Leaves this installation's id in database and store where it is missing; then the store is not known to be its own until the next call. */
export async function claimStore(db: Kysely<Tables>, objects: ObjectStore): Promise<Ownership> {
  const id = await readOrMakeId(db);
  const others: string[] = [];
  let isThere = false;
  for await (const key of objects.list(prefix)) {
    if (key === prefix + id) isThere = true;
    else if (others.length < maxOthers) others.push(key.slice(prefix.length));
  }
  if (!isThere) await objects.put(prefix + id, Buffer.from(`${id}\n`), { contentType: 'text/plain', maxBytes: 100, durable: true });
  return { isSole: isThere && others.length === 0, others };
}

/** The first backend's becomes that of all on the database. */
async function readOrMakeId(db: Kysely<Tables>): Promise<string> {
  await db
    .insertInto('settings')
    .values({ key: settingKey, value: JSON.stringify({ id: randomUUID() }) })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  const row = await db.selectFrom('settings').select('value').where('key', '=', settingKey).executeTakeFirstOrThrow();
  return (row.value as { readonly id: string }).id;
}
