/**
 * Sums of finished executions by the hour, for their figures. An execution is marked in the transaction that adds it to the sums: it is in
 * them once, whatever dies. The partial index holds only those that are not in them yet.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const insight: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const sums = `
    completed integer not null,
    failed integer not null,
    sum_ms double precision not null,
    min_ms double precision not null,
    max_ms double precision not null,
    histogram jsonb not null`;

const statements = [
  'alter table executions add column rolled_up boolean not null default false',
  'create index executions_unrolled on executions (id) where finished_at is not null and not rolled_up',
  `create table pipeline_hours (
    pipeline uuid not null references pipelines,
    hour timestamptz(3) not null,
    cancelled integer not null,${sums},
    primary key (pipeline, hour)
  )`,
  `create table step_hours (
    pipeline uuid not null references pipelines,
    hour timestamptz(3) not null,
    step_id text not null,
    component text not null,
    retried integer not null,
    sum_service_ms double precision not null,
    sum_output_bytes double precision not null,${sums},
    primary key (pipeline, hour, step_id, component)
  )`,
  `create function add_counts(one jsonb, other jsonb) returns jsonb language sql immutable as $$
    select coalesce(jsonb_object_agg(bucket, count), '{}') from (
      select key as bucket, sum(value::integer) as count
      from (select * from jsonb_each_text(one) union all select * from jsonb_each_text(other)) as counts
      group by key
    ) as merged
  $$`,
];
