/** Errors of the engines, converted where they enter. */
import { AppError } from '@imageflow/core';

/**
 * An engine that cannot answer becomes DATABASE_UNAVAILABLE, a full disk STORE_FULL. Everything else is about the statement itself
 * (a unique value taken, a wrong query) and goes to whoever made it, with its SQLSTATE in `code`.
 */
export function toDatabaseError(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const state = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (state === '53100') return new AppError('STORE_FULL', { cause: error });
  if (state === '57014') return tooSlow(error);
  if (isUnavailable(state) || isEngineGone(error)) return new AppError('DATABASE_UNAVAILABLE', { cause: error });
  return error;
}

/** The connection it happened on is of no more use: the server does not answer, or has become one that may only be read. */
export function leadsNowhere(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.message === 'Query read timeout' || ('code' in error && error.code === '25006');
}

/** Classes and codes of PostgreSQL's appendix A: no connection, only to be read, no room for one, stopping, I/O error, corrupted; the network's. */
function isUnavailable(state: string): boolean {
  return /^(08...|25006|53[023]00|57P0.|58030|XX00[12]|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/.test(state);
}

/** The WebAssembly engine stopped or was closed; a server's connection broke, for which its driver has no code. */
function isEngineGone(error: Error): boolean {
  return (
    ['ExitStatus', 'RuntimeError'].includes(error.name) ||
    /PGlite is clos|Connection terminated|not queryable|Query read timeout/.test(error.message)
  );
}

function tooSlow(cause: Error): AppError {
  return new AppError('DATABASE_UNAVAILABLE', {
    detail: {
      ja: 'データベースの応答が制限時間を超えました。しばらくしてからもう一度試してください',
      en: 'The database took longer than its time limit. Try again shortly',
    },
    cause,
  });
}
