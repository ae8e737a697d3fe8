/** Kysely on PGlite: one connection, handed out in turn, with a limit to the waiting. */
import type { PGlite } from '@electric-sql/pglite';
import { AppError } from '@imageflow/core';
import {
  type AbortableOperationOptions,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PGliteAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { toDatabaseError } from '../errors.ts';
import type { Turns } from './turns.ts';

export function createPgliteDialect(engine: PGlite, turns: Turns): Dialect {
  return {
    createAdapter: () => new OneConnectionAdapter(),
    createDriver: () => createDriver(engine, turns),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

/** Kysely's own queue for the one connection has no limit, so it is told that there are many. */
class OneConnectionAdapter extends PGliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

function createDriver(engine: PGlite, turns: Turns): Driver {
  const connection = new PgliteConnection(engine);
  return {
    init: async () => undefined,
    acquireConnection: async (options?: AbortableOperationOptions) => {
      await turns.take(options?.signal);
      return connection;
    },
    releaseConnection: async () => turns.give(),
    beginTransaction: (_connection, settings) => connection.run(beginStatement(settings)),
    commitTransaction: () => connection.commit(),
    rollbackTransaction: () => connection.run('rollback'),
    savepoint: (_connection, name) => connection.run(`savepoint ${quote(name)}`),
    rollbackToSavepoint: (_connection, name) => connection.run(`rollback to ${quote(name)}`),
    releaseSavepoint: (_connection, name) => connection.run(`release ${quote(name)}`),
    // The engine is closed by whoever opened it.
    destroy: async () => undefined,
  };
}

class PgliteConnection implements DatabaseConnection {
  readonly #engine: PGlite;

  constructor(engine: PGlite) {
    this.#engine = engine;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const { rows, affectedRows } = await this.#engine.query<R>(query.sql, [...query.parameters], { rowMode: 'object' });
      return { rows, ...(affectedRows !== undefined && { numAffectedRows: BigInt(affectedRows) }) };
    } catch (error) {
      throw toDatabaseError(error);
    }
  }

  /** A statement without parameters. */
  async run(sql: string): Promise<void> {
    try {
      await this.#engine.exec(sql);
    } catch (error) {
      throw toDatabaseError(error);
    }
  }

  async commit(): Promise<void> {
    await this.run('commit');
  }

  // biome-ignore lint/correctness/useYield: the whole interface has to be there
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new AppError('INTERNAL', { cause: new Error('PGlite cannot stream the rows of a query') });
  }
}

function beginStatement({ isolationLevel, accessMode }: TransactionSettings): string {
  return ['begin', isolationLevel && `isolation level ${isolationLevel}`, accessMode].filter(Boolean).join(' ');
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
