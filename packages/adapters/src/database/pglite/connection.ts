/** Kysely's side of the engine. */
import { AppError } from '@imageflow/core';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { AbortedTransactionError } from 'kysely';
import { toDatabaseError } from '../errors.ts';
import { type Engine, simpleQuery } from './engine.ts';
import { createStatements } from './statements.ts';

export interface PgliteConnection extends DatabaseConnection {
  /** A statement without parameters or rows. */
  run(sql: string): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

export function createConnection(engine: Engine): PgliteConnection {
  const statements = createStatements();
  const run = async (sql: string): Promise<string> => {
    try {
      return (await engine.send(simpleQuery(sql))).command ?? '';
    } catch (error) {
      throw toDatabaseError(error);
    }
  };
  return {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      try {
        const { rows, affectedRows } = await engine.send(statements.encode(query.sql, query.parameters));
        // What a row is, is the query's type.
        return { rows: rows as R[], numAffectedRows: BigInt(affectedRows ?? 0) };
      } catch (error) {
        statements.forget(query.sql);
        throw toDatabaseError(error);
      }
    },
    async run(sql) {
      await run(sql);
    },
    /** A transaction in which a statement failed is rolled back instead, and says so only here. */
    async commit() {
      if ((await run('commit')) === 'ROLLBACK') throw new AbortedTransactionError();
    },
    async rollback() {
      // An engine that stopped has rolled back.
      if (!engine.hasStopped()) await run('rollback');
    },
    // biome-ignore lint/correctness/useYield: the whole interface has to be there
    async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
      throw new AppError('INTERNAL', { cause: new Error('PGlite cannot stream the rows of a query') });
    },
  };
}
