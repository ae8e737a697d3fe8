/** Cameras and video files that backends read, who runs each, and the frames of them that rules kept. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const statements = [
  `create table streams (
    id uuid primary key,
    name text not null,
    source jsonb not null,
    credentials bytea,
    pipeline_id text not null,
    parameters jsonb not null default '{}',
    max_fps double precision not null,
    archive jsonb not null,
    enabled boolean not null,
    revision integer not null default 1,
    opening integer not null default 1,
    runner_id uuid,
    lease_until timestamptz(3),
    status jsonb,
    created_by uuid references users on delete set null,
    created_at timestamptz(3) not null default clock_timestamp(),
    updated_at timestamptz(3) not null default clock_timestamp()
  )`,
  'create unique index streams_name on streams (lower(name))',
  `create table stream_archive (
    id uuid primary key,
    stream_id uuid not null references streams on delete cascade,
    pipeline_id text not null,
    pipeline_version integer,
    frame_id double precision not null,
    captured_at timestamptz(3) not null,
    reason text not null,
    classes jsonb not null,
    max_confidence double precision,
    detections jsonb not null,
    object_key text not null,
    thumbnail_key text not null,
    clip_key text,
    content_type text not null,
    size_bytes double precision not null,
    width integer not null,
    height integer not null,
    expires_at timestamptz(3) not null,
    announced_at timestamptz(3)
  )`,
  'create index stream_archive_order on stream_archive (stream_id, id)',
  'create index stream_archive_classes on stream_archive using gin (classes)',
  'create index stream_archive_expiry on stream_archive (expires_at)',
  'create index stream_archive_clips on stream_archive (clip_key) where clip_key is not null',
  'create index stream_archive_unannounced on stream_archive (id) where announced_at is null',
];

export const streams: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
