/** Work that one process at a time may do, among all on one database. */
import { sql } from 'kysely';
import type { Database } from './database.ts';

/**
 * Waits for its turn, up to the database's limit of a statement. A process that dies gives its turn up with its connection. The embedded
 * database has one process anyway.
 */
export async function withTurn<T>({ kind, db }: Pick<Database, 'kind' | 'db'>, name: string, work: () => Promise<T>): Promise<T> {
  if (kind === 'pglite') return work();
  return db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(hashtextextended(${name}, 0))`.execute(connection);
    try {
      return await work();
    } finally {
      await sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`.execute(connection);
    }
  });
}
