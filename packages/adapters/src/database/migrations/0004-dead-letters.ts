/** Messages that no delivery could settle, kept until a person has looked at them. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const deadLetters: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql
      .raw(
        `create table dead_letters (
          id uuid primary key,
          topic text not null,
          key text not null,
          value jsonb not null,
          headers jsonb not null default '{}',
          reason text not null,
          deliveries integer not null,
          execution_id uuid,
          created_at timestamptz(3) not null default clock_timestamp(),
          redriven_at timestamptz(3),
          redriven_by uuid,
          new_execution_id uuid
        )`,
      )
      .execute(db);
  },
};
