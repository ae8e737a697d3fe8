/** The tables, as Kysely sees them. Times are `timestamptz`, documents `jsonb`, ids UUIDv7 made by the program. */

import type { ErrorCode, ExecutionEvent, ExecutionStatus, LocalizedText, PipelineDefinition, Role, RunMode } from '@imageflow/core';
import type { ColumnType, Generated, JSONColumnType } from 'kysely';

type Timestamp = ColumnType<Date, Date | string, Date | string>;
/** Set by the database when an insert leaves it out. */
type DefaultedTimestamp = ColumnType<Date, Date | string | undefined, Date | string>;
/** Written by the database at insert. */
type CreatedAt = ColumnType<Date, Date | string | undefined, never>;
type Json<T extends object> = JSONColumnType<T>;

export interface UsersTable {
  id: string;
  /** Lower case, unique. */
  username: string;
  display_name: string;
  role: Role;
  password_hash: string;
  disabled: Generated<boolean>;
  created_at: CreatedAt;
  updated_at: DefaultedTimestamp;
}

/** One sign-in; its id is the `sid` of the access tokens. */
export interface SessionsTable {
  id: string;
  user_id: string;
  created_at: CreatedAt;
  expires_at: Timestamp;
  revoked_at: Timestamp | null;
}

/** Each refresh token is used once; using one again revokes its session. */
export interface RefreshTokensTable {
  /** SHA-256, hex. */
  token_hash: string;
  session_id: string;
  created_at: CreatedAt;
  expires_at: Timestamp;
  used_at: Timestamp | null;
}

export interface SigningKeysTable {
  kid: string;
  private_jwk: Json<Record<string, unknown>>;
  public_jwk: Json<Record<string, unknown>>;
  created_at: CreatedAt;
  retired_at: Timestamp | null;
}

/** One-time tickets that open a WebSocket from a browser. */
export interface TicketsTable {
  token_hash: string;
  user_id: string;
  session_id: string;
  expires_at: Timestamp;
}

export interface AuditTable {
  id: Generated<number>;
  at: CreatedAt;
  actor_id: string | null;
  actor_name: string;
  /** Operation id of the route, e.g. "updatePipeline". */
  operation: string;
  resource_type: string;
  resource_id: string | null;
  details: Json<Record<string, unknown>>;
  trace_id: string | null;
}

export interface PipelinesTable {
  id: string;
  /** The readable id; unique among pipelines that are not deleted. */
  pipeline_id: string;
  name: string;
  description: string;
  current_version: number;
  created_by: string | null;
  created_at: CreatedAt;
  updated_at: DefaultedTimestamp;
  deleted_at: Timestamp | null;
}

/** Immutable. */
export interface PipelineVersionsTable {
  pipeline: string;
  number: number;
  definition: Json<PipelineDefinition>;
  created_by: string | null;
  created_at: CreatedAt;
}

/** What a file is for: uploads by users, encoded outputs, lossless images between steps, made on demand, models. */
export type FileKind = 'upload' | 'output' | 'handover' | 'thumbnail' | 'model';

export interface FilesTable {
  id: string;
  kind: FileKind;
  object_key: string;
  filename: string;
  content_type: string;
  size_bytes: number;
  width: number | null;
  height: number | null;
  /** SHA-256 of the content, hex; null for what a service stored itself. */
  sha256: string | null;
  execution_id: string | null;
  input: number | null;
  step_id: string | null;
  created_by: string | null;
  created_at: CreatedAt;
}

export interface ExecutionsTable {
  id: string;
  pipeline: string;
  pipeline_version: number;
  status: ExecutionStatus;
  execution_mode: RunMode;
  /** 0 high, 1 normal, 2 low: runs in this order. */
  priority: number;
  parameters: Json<Record<string, unknown>>;
  /** File ids of the inputs, in order. */
  input_files: Json<string[]>;
  /** Who runs or holds it; null = nobody yet. See runners. */
  runner_id: string | null;
  /** How often it was taken from a runner that died while it ran. */
  takeovers: Generated<number>;
  /** Sequence of the last event. */
  sequence: number;
  fault: JSONColumnType<{
    code: ErrorCode | string;
    message: LocalizedText;
    retryable?: boolean | undefined;
    step_id?: string | undefined;
    retry_after?: number | undefined;
  }> | null;
  cancel_requested_by: string | null;
  traceparent: string | null;
  rerun_of: string | null;
  created_by: string | null;
  created_at: CreatedAt;
  started_at: Timestamp | null;
  finished_at: Timestamp | null;
  /** Wall time of the run, ms. */
  processing_time_ms: number | null;
  /** Whether it is in the sums by the hour. */
  rolled_up: Generated<boolean>;
}

export interface ExecutionEventsTable {
  execution_id: string;
  sequence: number;
  event: Json<ExecutionEvent>;
}

export interface IdempotencyKeysTable {
  user_id: string;
  key: string;
  /** SHA-256 over method, path and body. */
  request_hash: string;
  execution_id: string;
  created_at: CreatedAt;
}

/** Engines that run executions. One whose heartbeat is old has died, and its executions are taken over. */
export interface RunnersTable {
  id: string;
  kind: string;
  started_at: CreatedAt;
  heartbeat_at: Timestamp;
}

/** The durable queue of the in-process bus. */
export interface BusMessagesTable {
  id: Generated<number>;
  topic: string;
  key: string;
  value: Json<object>;
  headers: Json<Record<string, string>>;
  delivery: Generated<number>;
  available_at: DefaultedTimestamp;
  created_at: CreatedAt;
}

/** Written by a trigger when an execution fails whose pipeline asks for it; delivered by a backend. */
export interface NotificationsTable {
  execution_id: string;
  state: Generated<'pending' | 'delivered' | 'given_up'>;
  attempts: Generated<number>;
  next_at: DefaultedTimestamp;
  last_error: string | null;
  created_at: CreatedAt;
}

/** Sums over completed executions, or completed calls of a step; the histogram is of core/insight. */
interface SumColumns {
  hour: Timestamp;
  completed: number;
  failed: number;
  sum_ms: number;
  min_ms: number;
  max_ms: number;
  histogram: Json<Record<string, number>>;
}

export interface PipelineHoursTable extends SumColumns {
  pipeline: string;
  cancelled: number;
}

export interface StepHoursTable extends SumColumns {
  pipeline: string;
  step_id: string;
  component: string;
  retried: number;
  sum_service_ms: number;
  sum_output_bytes: number;
}

/** Messages that no delivery could settle. */
export interface DeadLettersTable {
  id: string;
  /** Where it was to be settled. */
  topic: string;
  key: string;
  value: Json<object>;
  headers: Json<Record<string, string>>;
  reason: string;
  deliveries: number;
  execution_id: string | null;
  created_at: CreatedAt;
  redriven_at: Timestamp | null;
  redriven_by: string | null;
  new_execution_id: string | null;
}

/** Instances of services that announced themselves, to whichever backend. */
export interface RegisteredInstancesTable {
  instance_id: string;
  address: string;
  max_connections: number;
  heartbeat_at: DefaultedTimestamp;
}

/** Who does what only one process should do at a time. */
export interface DutiesTable {
  name: string;
  holder: string;
  until: Timestamp;
}

export interface SignInAttemptsTable {
  key: string;
  used: number;
  ends_at: Timestamp;
}

/** A camera or a video file that some backend reads. */
export interface StreamsTable {
  id: string;
  name: string;
  source: Json<{ kind: 'rtsp' | 'onvif' | 'file' | 'device'; address: string; transport: 'tcp' | 'udp'; loop: boolean; profile?: string }>;
  /** User and password, sealed; null = none. */
  credentials: Uint8Array | null;
  /** The readable id or the UUID. */
  pipeline_id: string;
  parameters: Json<Record<string, unknown>>;
  max_fps: number;
  archive: Json<object>;
  enabled: boolean;
  /** Counts changes: whoever runs it reads them when it has grown. */
  revision: Generated<number>;
  /** Counts the wishes to open the source anew. */
  opening: Generated<number>;
  runner_id: string | null;
  /** host:port where its runner is reached by the other backends. */
  runner_address: string | null;
  lease_until: Timestamp | null;
  /** What its runner last said of it. */
  status: Json<object> | null;
  created_by: string | null;
  created_at: CreatedAt;
  updated_at: DefaultedTimestamp;
}

/** A frame that a rule kept. */
export interface StreamArchiveTable {
  id: string;
  stream_id: string;
  pipeline_id: string;
  pipeline_version: number | null;
  frame_id: number;
  captured_at: Timestamp;
  reason: 'class' | 'confidence' | 'interval' | 'ng';
  classes: Json<string[]>;
  max_confidence: number | null;
  detections: Json<object[]>;
  object_key: string;
  thumbnail_key: string;
  /** Frames kept shortly one after the other share one; null = none, or not made yet. */
  clip_key: string | null;
  content_type: string;
  size_bytes: number;
  width: number;
  height: number;
  expires_at: Timestamp;
  /** When the bus took the message about it. */
  announced_at: Timestamp | null;
}

export interface SettingsTable {
  key: string;
  value: Json<object>;
}

export interface Tables {
  users: UsersTable;
  sessions: SessionsTable;
  refresh_tokens: RefreshTokensTable;
  signing_keys: SigningKeysTable;
  tickets: TicketsTable;
  audit: AuditTable;
  pipelines: PipelinesTable;
  pipeline_versions: PipelineVersionsTable;
  files: FilesTable;
  executions: ExecutionsTable;
  execution_events: ExecutionEventsTable;
  idempotency_keys: IdempotencyKeysTable;
  runners: RunnersTable;
  bus_messages: BusMessagesTable;
  notifications: NotificationsTable;
  pipeline_hours: PipelineHoursTable;
  step_hours: StepHoursTable;
  dead_letters: DeadLettersTable;
  registered_instances: RegisteredInstancesTable;
  duties: DutiesTable;
  sign_in_attempts: SignInAttemptsTable;
  streams: StreamsTable;
  stream_archive: StreamArchiveTable;
  settings: SettingsTable;
}
