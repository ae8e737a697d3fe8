/** Kysely on PGlite: one connection, handed out in turn, with a limit to the waiting. */
import {
  type AbortableOperationOptions,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PGliteAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type TransactionSettings,
} from 'kysely';
import type { PgliteConnection } from './connection.ts';
import type { EngineSupply } from './supply.ts';
import type { Turns } from './turns.ts';

export function createPgliteDialect(supply: EngineSupply, turns: Turns): Dialect {
  return {
    createAdapter: () => new OneConnectionAdapter(),
    createDriver: () => createDriver(supply, turns),
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

function createDriver(supply: EngineSupply, turns: Turns): Driver {
  return {
    init: async () => undefined,
    async acquireConnection(options?: AbortableOperationOptions) {
      await turns.take(options?.signal);
      try {
        return await supply.connection();
      } catch (error) {
        turns.give();
        throw error;
      }
    },
    releaseConnection: async () => turns.give(),
    beginTransaction: (connection, settings) => own(connection).run(beginStatement(settings)),
    commitTransaction: (connection) => own(connection).commit(),
    rollbackTransaction: (connection) => own(connection).rollback(),
    savepoint: (connection, name) => own(connection).run(`savepoint ${quote(name)}`),
    rollbackToSavepoint: (connection, name) => own(connection).run(`rollback to ${quote(name)}`),
    releaseSavepoint: (connection, name) => own(connection).run(`release ${quote(name)}`),
    // The engine is closed by whoever opened it.
    destroy: async () => undefined,
  };
}

/** Kysely hands back what `acquireConnection` gave it. */
function own(connection: DatabaseConnection): PgliteConnection {
  return connection as PgliteConnection;
}

function beginStatement({ isolationLevel, accessMode }: TransactionSettings): string {
  return ['begin', isolationLevel && `isolation level ${isolationLevel}`, accessMode].filter(Boolean).join(' ');
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
