/**
 * Accounts, pipelines, files, executions, the queue of the in-process bus.
 *
 * Ids are UUIDv7, so an index on the id is also one on the time of creation and serves the newest-first lists. Times keep milliseconds,
 * as JavaScript's do: what was read compares equal to what is stored. Who did something (created_by, actor_id) is a fact, not a
 * reference: it stays when the account is deleted.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const foundation: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of [...accounts, ...pipelines, ...executions, ...files, ...queue]) await sql.raw(statement).execute(db);
  },
};

const now = `timestamptz(3) not null default clock_timestamp()`;

const accounts = [
  `create table users (
    id uuid primary key,
    username text not null unique check (username = lower(username)),
    display_name text not null,
    role text not null check (role in ('admin', 'engineer', 'inspector', 'viewer', 'service', 'device')),
    password_hash text not null,
    disabled boolean not null default false,
    created_at ${now},
    updated_at ${now}
  )`,
  `create table sessions (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    created_at ${now},
    expires_at timestamptz(3) not null,
    revoked_at timestamptz(3)
  )`,
  'create index sessions_user on sessions (user_id)',
  'create index sessions_expiry on sessions (expires_at)',
  `create table refresh_tokens (
    token_hash text primary key,
    session_id uuid not null references sessions on delete cascade,
    created_at ${now},
    expires_at timestamptz(3) not null,
    used_at timestamptz(3)
  )`,
  'create index refresh_tokens_session on refresh_tokens (session_id)',
  'create index refresh_tokens_expiry on refresh_tokens (expires_at)',
  `create table signing_keys (
    kid text primary key,
    private_jwk jsonb not null,
    public_jwk jsonb not null,
    created_at ${now},
    retired_at timestamptz(3)
  )`,
  `create table tickets (
    token_hash text primary key,
    user_id uuid not null references users on delete cascade,
    session_id uuid not null references sessions on delete cascade,
    expires_at timestamptz(3) not null
  )`,
  'create index tickets_user on tickets (user_id)',
  'create index tickets_session on tickets (session_id)',
  'create index tickets_expiry on tickets (expires_at)',
  `create table audit (
    id bigint generated always as identity primary key,
    at ${now},
    actor_id uuid,
    actor_name text not null,
    operation text not null,
    resource_type text not null,
    resource_id text,
    details jsonb not null default '{}',
    trace_id text
  )`,
  'create index audit_operation on audit (operation, id desc)',
  'create index audit_actor on audit (actor_id, id desc)',
  'create index audit_resource on audit (resource_id, id desc)',
  'create table settings (key text primary key, value jsonb not null)',
];

const pipelines = [
  `create table pipelines (
    id uuid primary key,
    pipeline_id text not null,
    name text not null,
    description text not null default '',
    current_version integer not null check (current_version >= 1),
    created_by uuid,
    created_at ${now},
    updated_at ${now},
    deleted_at timestamptz(3)
  )`,
  'create unique index pipelines_readable_id on pipelines (pipeline_id) where deleted_at is null',
  `create table pipeline_versions (
    pipeline uuid not null references pipelines,
    number integer not null check (number >= 1),
    definition jsonb not null,
    created_by uuid,
    created_at ${now},
    primary key (pipeline, number)
  )`,
];

const executions = [
  `create table executions (
    id uuid primary key,
    pipeline uuid not null,
    pipeline_version integer not null,
    status text not null check (status in ('pending', 'running', 'completed', 'failed', 'cancelled')),
    execution_mode text not null check (execution_mode in ('direct_grpc', 'kafka_queue', 'kafka_fallback')),
    priority smallint not null check (priority between 0 and 2),
    parameters jsonb not null default '{}',
    input_files jsonb not null default '[]',
    runner_id uuid,
    takeovers integer not null default 0,
    sequence integer not null default 0,
    fault jsonb,
    cancel_requested_by uuid,
    traceparent text,
    rerun_of uuid,
    created_by uuid,
    created_at ${now},
    started_at timestamptz(3),
    finished_at timestamptz(3),
    processing_time_ms double precision,
    foreign key (pipeline, pipeline_version) references pipeline_versions (pipeline, number)
  )`,
  'create index executions_pipeline on executions (pipeline, id desc)',
  'create index executions_status on executions (status, id desc)',
  // Who waits, in the order in which they run; small, because it holds unfinished ones only.
  `create index executions_waiting on executions (priority, id) where status = 'pending'`,
  `create index executions_held on executions (runner_id) where status in ('pending', 'running')`,
  `create table execution_events (
    execution_id uuid not null references executions on delete cascade,
    sequence integer not null check (sequence >= 1),
    event jsonb not null,
    primary key (execution_id, sequence)
  )`,
  `create table idempotency_keys (
    user_id uuid not null,
    key text not null,
    request_hash text not null,
    execution_id uuid not null references executions on delete cascade,
    created_at ${now},
    primary key (user_id, key)
  )`,
  'create index idempotency_keys_execution on idempotency_keys (execution_id)',
  'create index idempotency_keys_age on idempotency_keys (created_at)',
  `create table runners (
    id uuid primary key,
    kind text not null,
    started_at ${now},
    heartbeat_at ${now}
  )`,
];

const files = [
  `create table files (
    id uuid primary key,
    kind text not null check (kind in ('upload', 'output', 'handover', 'thumbnail', 'model')),
    object_key text not null unique,
    filename text not null,
    content_type text not null,
    size_bytes bigint not null check (size_bytes >= 0),
    width integer check (width > 0),
    height integer check (height > 0),
    sha256 text,
    execution_id uuid references executions,
    input integer check (input >= 0),
    step_id text,
    created_by uuid,
    created_at ${now}
  )`,
  'create index files_kind on files (kind, id desc)',
  'create index files_execution on files (execution_id) where execution_id is not null',
];

const queue = [
  `create table bus_messages (
    id bigint generated always as identity primary key,
    topic text not null,
    key text not null,
    value jsonb not null,
    headers jsonb not null default '{}',
    delivery integer not null default 0,
    available_at ${now},
    created_at ${now}
  )`,
  'create index bus_messages_order on bus_messages (topic, key, id)',
  'create index bus_messages_next on bus_messages (topic, id)',
];
