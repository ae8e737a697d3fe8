/** What several backends and workers share: waiting executions that nobody holds, instances that announced themselves, duties, sign-in attempts. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const statements = [
  // Those that any engine may take, in the order in which they are taken.
  `create index executions_common on executions (priority, id) where status = 'pending' and runner_id is null`,
  `create table registered_instances (
    instance_id text primary key,
    address text not null,
    max_connections integer not null,
    heartbeat_at timestamptz(3) not null default clock_timestamp()
  )`,
  `create table duties (
    name text primary key,
    holder uuid not null,
    until timestamptz(3) not null
  )`,
  // Losing them in a crash of the database forgives a minute's attempts; writing them to its log would cost every sign-in.
  `create unlogged table sign_in_attempts (
    key text primary key,
    used integer not null,
    ends_at timestamptz(3) not null
  )`,
  'create index sign_in_attempts_end on sign_in_attempts (ends_at)',
];

export const sharedWork: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
