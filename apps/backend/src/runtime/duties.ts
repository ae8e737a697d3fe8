/**
 * Duties that one process at a time does, however many backends and workers there are: a lease each in the database. Whoever asks when it is
 * nobody's, or its holder has let it run out, gets it. Times are the database's.
 */
import type { Database } from '@imageflow/adapters/database';
import { sql } from 'kysely';

export interface Duties {
  /** True when this process holds the duty's lease; it then has `leaseMs`, and more by asking again. */
  isMine(duty: string, leaseMs: number): Promise<boolean>;
  /** Gives back what it holds. */
  close(): Promise<void>;
}

/** `holder`: this process. */
export function createDuties({ kind, db }: Pick<Database, 'kind' | 'db'>, holder: string): Duties {
  // The embedded database has one process, which does everything.
  if (kind === 'pglite') return { isMine: async () => true, close: async () => undefined };
  return {
    async isMine(duty, leaseMs) {
      const { rows } = await sql`
        insert into duties (name, holder, until) values (${duty}, ${holder}, clock_timestamp() + make_interval(secs => ${leaseMs / 1000}))
        on conflict (name) do update set holder = excluded.holder, until = excluded.until
        where duties.holder = excluded.holder or duties.until < clock_timestamp()
        returning name`.execute(db);
      return rows.length === 1;
    },
    async close() {
      await db.deleteFrom('duties').where('holder', '=', holder).execute();
    },
  };
}
