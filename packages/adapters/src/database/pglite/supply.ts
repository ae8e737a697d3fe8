/** The engine that runs, started again when it has stopped. */
import { AppError, type Clock } from '@imageflow/core';
import type { Logger } from 'pino';
import { createConnection, type PgliteConnection } from './connection.ts';
import { type Engine, openEngine } from './engine.ts';

export interface EngineSupply {
  /**
   * Only between transactions.
   * @throws AppError DATABASE_UNAVAILABLE when it cannot be started now.
   */
  connection(): Promise<PgliteConnection>;
  close(): Promise<void>;
}

/** Between two attempts to start it again; requests meanwhile are refused at once. */
const pauseMs = 5_000;

/** @throws AppError DATABASE_UNAVAILABLE */
export async function openSupply(cluster: string, now: Clock['now'], logger: Logger | undefined): Promise<EngineSupply> {
  let engine: Engine = await openEngine(cluster);
  let connection = createConnection(engine);
  let lastFailure: { readonly at: number; readonly error: AppError } | undefined;

  const restart = async (): Promise<void> => {
    if (lastFailure !== undefined && now() - lastFailure.at < pauseMs) throw lastFailure.error;
    await engine.close();
    try {
      engine = await openEngine(cluster);
      connection = createConnection(engine);
      lastFailure = undefined;
      logger?.warn({ event: 'database_restarted' }, 'the database had stopped and runs again');
    } catch (error) {
      if (error instanceof AppError) lastFailure = { at: now(), error };
      throw error;
    }
  };
  return {
    async connection() {
      if (engine.hasStopped()) await restart();
      return connection;
    },
    close: () => engine.close(),
  };
}
