/** Where the backend that runs a stream is reached by the others. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const streamAddress: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw('alter table streams add column runner_address text').execute(db);
  },
};
