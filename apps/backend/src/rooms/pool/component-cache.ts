/**
 * The components that were known last: kept, so that a definition can be checked and stored while the services of the settings are
 * still starting, or one of them is down.
 */
import type { Tables } from '@imageflow/adapters/database';
import type { ServicePool } from '@imageflow/adapters/rpc';
import type { Component } from '@imageflow/core';
import type { FastifyBaseLogger } from 'fastify';
import type { Kysely } from 'kysely';

const settingKey = 'components';

export async function loadComponents(db: Kysely<Tables>): Promise<readonly Component[]> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', settingKey).executeTakeFirst();
  // Written below, by this program.
  return row === undefined ? [] : ((row.value as { readonly components: readonly Component[] }).components ?? []);
}

/** Stores the catalogue at every change, one write at a time. Answers the end of it. */
export function rememberComponents(pool: ServicePool, db: Kysely<Tables>, logger: FastifyBaseLogger): () => Promise<void> {
  let writing = Promise.resolve();
  const stop = pool.onCatalogueChange((catalogue) => {
    const value = JSON.stringify({ components: [...catalogue.values()] });
    writing = writing.then(() => store(db, value)).catch((error: unknown) => logger.warn({ err: error }, 'components were not remembered'));
  });
  return () => {
    stop();
    return writing;
  };
}

async function store(db: Kysely<Tables>, value: string): Promise<void> {
  await db
    .insertInto('settings')
    .values({ key: settingKey, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
}
