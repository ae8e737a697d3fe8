/** A PostgreSQL server, through a pool of connections. */
import { AppError } from '@imageflow/core';
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from 'kysely';
import { Client, type ClientBase, Pool, types } from 'pg';
import type { Database, DatabaseOptions } from '../database.ts';
import { leadsNowhere, toDatabaseError } from '../errors.ts';
import type { Tables } from '../schema.ts';

const connectMs = 5_000;
/** Ours take milliseconds. A longer one is stuck, and would keep its connection from everybody else. */
const statementMs = 30_000;
/** The server ends a statement by itself; one that is silent for this much longer is gone, though the network has not told. */
const silentMs = 5_000;
const idleInTransactionMs = 60_000;
const defaultConnections = 10;
/** The oldest that runs all our SQL in the tests. */
const minVersion = 150_000;

export interface PostgresOptions extends DatabaseOptions {
  /** For work that takes long, such as new tables for old data. */
  readonly statementMs?: number;
}

/**
 * @param url "postgres://user:password@host:port/database?sslmode=verify-full&max_connections=10"
 * @throws AppError DATABASE_UNAVAILABLE when it cannot be reached, or is too old.
 */
export async function openPostgres(url: string, options: PostgresOptions): Promise<Database> {
  const pool = createPool(url, options);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: convertErrors(pool) }) });
  let closing: Promise<void> | undefined;
  const database: Database = {
    kind: 'postgres',
    db,
    async check() {
      await sql`select 1`.execute(db);
    },
    close() {
      closing ??= db.destroy();
      return closing;
    },
  };
  try {
    await checkVersion(db);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function createPool(url: string, { logger, statementMs: limitMs = statementMs }: PostgresOptions): Pool {
  const pool = new Pool({
    connectionString: url,
    max: connectionsOf(url),
    connectionTimeoutMillis: connectMs,
    statement_timeout: limitMs,
    query_timeout: limitMs + silentMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    keepAlive: true,
    // One that waits in the pool while the network is cut is found dead by the system, not by the next query.
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'imageflow',
    types: { getTypeParser: (oid, format) => parserOf(oid, format) },
  });
  // A connection that breaks tells it twice: to its query, and here, where nobody listening would end the process.
  const onError = (error: Error): void => logger?.warn({ err: error }, 'a connection to the database broke');
  pool.on('error', onError);
  pool.on('connect', (client: ClientBase) => client.on('error', onError));
  return pool;
}

/** Of this program; all programs together must stay below the server's own limit. */
function connectionsOf(url: string): number {
  const text = URL.parse(url)?.searchParams.get('max_connections') ?? '';
  return /^[1-9]\d{0,3}$/.test(text) ? Number(text) : defaultConnections;
}

/** 64-bit integers as numbers, as PGlite gives them: ours are sizes and counters. */
function parserOf(oid: number, format: 'text' | 'binary' | undefined): (value: string) => unknown {
  if (oid === types.builtins.INT8) return Number;
  return types.getTypeParser(oid, format === 'binary' ? 'text' : format);
}

/** The pool as Kysely wants it, its errors those of the catalogue. */
function convertErrors(pool: Pool): PostgresPool {
  const wrapped = new WeakMap<object, PostgresPoolClient>();
  return {
    Client,
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect().catch((cause: unknown) => {
        throw new AppError('DATABASE_UNAVAILABLE', { cause });
      });
      const known = wrapped.get(client) ?? wrapClient(client as unknown as PostgresPoolClient);
      wrapped.set(client, known);
      return known;
    },
  };
}

function wrapClient(client: PostgresPoolClient): PostgresPoolClient {
  let isUseless = false;
  const query = async (text: string, parameters: readonly unknown[]): Promise<unknown> => {
    // The end of a transaction would wait behind the query that got no answer.
    if (isUseless) throw new AppError('DATABASE_UNAVAILABLE');
    try {
      return await client.query(text, parameters);
    } catch (error) {
      isUseless = leadsNowhere(error);
      throw toDatabaseError(error);
    }
  };
  return {
    ...(client.processID !== undefined && { processID: client.processID }),
    // Cursors are not used: no query of ours streams.
    query: query as PostgresPoolClient['query'],
    release: (destroy) => client.release(isUseless || destroy),
  };
}

async function checkVersion(db: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ number: number; encoding: string }>`
    select current_setting('server_version_num')::int as number, current_setting('server_encoding') as encoding`.execute(db);
  const [server] = rows;
  if (server !== undefined && server.number >= minVersion && server.encoding === 'UTF8') return;
  throw new AppError('DATABASE_UNAVAILABLE', {
    detail: {
      ja: `PostgreSQL ${minVersion / 10_000} 以降で、エンコーディングが UTF8 のデータベースが必要です（接続先: ${server?.number}, ${server?.encoding}）`,
      en: `A database of PostgreSQL ${minVersion / 10_000} or later with the encoding UTF8 is needed (found ${server?.number}, ${server?.encoding})`,
    },
    retryable: false,
  });
}
