/**
 * Messages that tell people outside of a failed execution. The database itself writes the row, in the transaction that ends the execution:
 * whichever way that happens (its engine, a takeover, a reaper), none is lost and none is written twice.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const notifications: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table notifications (
    execution_id uuid primary key references executions on delete cascade,
    state text not null default 'pending' check (state in ('pending', 'delivered', 'given_up')),
    attempts integer not null default 0,
    next_at timestamptz(3) not null default to_timestamp(0),
    last_error text,
    created_at timestamptz(3) not null default clock_timestamp()
  )`,
  `create index notifications_due on notifications (next_at) where state = 'pending'`,
  `create function notify_of_failure() returns trigger language plpgsql as $$
  begin
    insert into notifications (execution_id)
    select new.id from pipeline_versions version
    where version.pipeline = new.pipeline and version.number = new.pipeline_version
      and (version.definition #>> '{error_handling,notification_on_failure}')::boolean
    on conflict do nothing;
    return null;
  end $$`,
  `create trigger executions_failed after update of status on executions
    for each row when (new.status = 'failed' and old.status <> 'failed')
    execute function notify_of_failure()`,
];
