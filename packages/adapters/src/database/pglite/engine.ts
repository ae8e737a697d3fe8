/**
 * PostgreSQL in WebAssembly, kept from being called after it has stopped. It stops (PANIC) when it cannot write its log, on a full disk for
 * instance; PGlite goes on calling it then, and such a call never returns (seen with 0.5.16). What was committed is in the log and
 * comes back when the files are opened again.
 */
import { PGlite, parse, protocol, type Results } from '@electric-sql/pglite';
import { AppError } from '@imageflow/core';
import { DurableFiles } from './durable-files.ts';
import { engineSettings } from './settings.ts';

export interface Engine {
  /** Sends messages of the wire protocol that end in a Sync or are a simple query; one at a time. */
  send(message: Uint8Array): Promise<Results>;
  /** Nothing can be asked of it any more. */
  hasStopped(): boolean;
  close(): Promise<void>;
}

/** @throws AppError DATABASE_UNAVAILABLE */
export async function openEngine(cluster: string): Promise<Engine> {
  const files = new DurableFiles(cluster);
  const pglite = await start(files, cluster);
  const watch = watchStop(pglite);
  return {
    async send(message) {
      if (watch.hasStopped()) throw stopped();
      const messages = await pglite.execProtocolStream(message, { syncToFs: false });
      const [results] = parse.parseResults(messages, pglite.parsers, { rowMode: 'object' });
      return results ?? { rows: [], fields: [], affectedRows: 0 };
    },
    hasStopped: watch.hasStopped,
    async close() {
      try {
        if (!watch.hasStopped()) await pglite.close();
      } finally {
        if (watch.hasStopped()) files.closeAll();
      }
    },
  };
}

async function start(files: DurableFiles, cluster: string): Promise<PGlite> {
  try {
    return await PGlite.create({ fs: files, startParams: [...engineSettings] });
  } catch (cause) {
    files.closeAll();
    throw new AppError('DATABASE_UNAVAILABLE', {
      detail: {
        ja: `データベースのファイル（${cluster}）を開けません。空き容量と権限を確かめ、壊れている場合はバックアップから戻してください`,
        en: `The files of the database in ${cluster} cannot be opened. Check free space and permissions; restore a backup if they are damaged`,
      },
      cause,
    });
  }
}

/** PGlite's own jump out of a statement that failed; anything else that is thrown is the end. */
const longJump = 100;

/** The parts of Emscripten's module that are used. */
interface EngineModule {
  _PostgresMainLoopOnce(): void;
  stackRestore(pointer: number): number;
}

function watchStop(pglite: PGlite): { hasStopped(): boolean } {
  const module = pglite.Module as unknown as EngineModule;
  const { _PostgresMainLoopOnce: loop, stackRestore } = module;
  let cause: unknown;
  module._PostgresMainLoopOnce = () => {
    try {
      loop();
    } catch (error) {
      if (!isLongJump(error)) cause = error;
      throw error;
    }
  };
  // PGlite calls this after any exception, before it goes on: the only place to keep it from that.
  module.stackRestore = (pointer) => {
    if (cause !== undefined) throw stopped(cause);
    return stackRestore(pointer);
  };
  return { hasStopped: () => cause !== undefined };
}

function isLongJump(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === longJump;
}

function stopped(cause?: unknown): AppError {
  return new AppError('DATABASE_UNAVAILABLE', {
    detail: {
      ja: 'データベースが書き込めずに停止しました。ディスクの空き容量を確かめてください。空きができると自動で再開します',
      en: 'The database stopped because it could not write. Check the free space of its disk; it starts again by itself when there is some',
    },
    cause,
  });
}

/** A statement without parameters. */
export const simpleQuery = (sql: string): Uint8Array => protocol.serialize.query(sql);
