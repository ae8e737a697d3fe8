/** An open database, whichever engine runs it. */
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Tables } from './schema.ts';

export interface Database {
  readonly kind: 'pglite' | 'postgres';
  /** Inside a transaction use only its own handle: on PGlite there is one connection, and the outer handle would wait for itself. */
  readonly db: Kysely<Tables>;
  /** Rejects with DATABASE_UNAVAILABLE when no query can be answered. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly logger?: Logger;
  /** False: tables that are not up to date are refused instead. */
  readonly autoMigrate?: boolean;
}
