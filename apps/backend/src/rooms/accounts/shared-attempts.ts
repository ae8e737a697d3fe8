/** Attempts counted in the database: one limit for all backends, whichever of them a client reaches. */
import type { Tables } from '@imageflow/adapters/database';
import { type Kysely, sql } from 'kysely';
import { type AttemptLimit, tooMany } from './attempts.ts';

/** `name` keeps limits apart that count the same keys. */
export function createSharedAttemptLimit(db: Kysely<Tables>, name: string, perWindow: number, windowMs: number): AttemptLimit {
  const place = (key: string): string => `${name}:${key}`;
  return {
    async take(key) {
      const { used, seconds } = await count(db, place(key), windowMs);
      if (used > perWindow) throw tooMany(seconds);
    },
    async forgive(key) {
      await db.deleteFrom('sign_in_attempts').where('key', '=', place(key)).execute();
    },
  };
}

/** One statement: restarts this key's expired window and deletes the expired windows of other keys. */
async function count(db: Kysely<Tables>, key: string, windowMs: number): Promise<{ used: number; seconds: number }> {
  const { rows } = await sql<{ used: number; seconds: number }>`
    with ended as (
      delete from sign_in_attempts where key in (
        select key from sign_in_attempts where ends_at < clock_timestamp() and key <> ${key} limit 100 for update skip locked
      )
    )
    insert into sign_in_attempts (key, used, ends_at)
    values (${key}, 1, clock_timestamp() + make_interval(secs => ${windowMs / 1000}))
    on conflict (key) do update set
      used = case when sign_in_attempts.ends_at < clock_timestamp() then 1 else sign_in_attempts.used + 1 end,
      ends_at = case when sign_in_attempts.ends_at < clock_timestamp() then excluded.ends_at else sign_in_attempts.ends_at end
    returning used, extract(epoch from ends_at - clock_timestamp())::float8 as seconds`.execute(db);
  return rows[0] ?? { used: 0, seconds: 0 };
}
