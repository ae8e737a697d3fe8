/** The last word on a failure, and the exit code. */
import type { ApiError, ConnectionError } from '@imageflow/client';
import type { AppError } from '@imageflow/core';
import { CommanderError } from 'commander';
import { exitCodes, Stop, unreachable } from './exit.ts';
import type { Say } from './language.ts';

export function reportFailure(error: unknown, say: Say): number {
  // Commander has written its own message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (isNamed<ConnectionError>(error, 'ConnectionError')) return reportFailure(unreachable(error.address), say);
  if (isNamed<ApiError>(error, 'ApiError')) return reportApiError(error, say);
  if (isNamed<AppError>(error, 'AppError')) return reportAppError(error, say);
  if (error instanceof Stop) {
    console.error(say(error.text));
    return error.code;
  }
  console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return exitCodes.failed;
}

/** By name: the client itself is loaded only by the commands that use it. */
function isNamed<E extends Error>(error: unknown, name: E['name']): error is E {
  return error instanceof Error && error.name === name;
}

function reportApiError(error: ApiError, say: Say): number {
  if (error.status === 401 && error.code !== 'LOGIN_FAILED') {
    console.error(say({ ja: 'ログインが必要です。imageflow login を実行してください', en: 'A sign-in is needed. Run imageflow login' }));
    return exitCodes.signIn;
  }
  console.error(error.message);
  const faults = error.problem.validation_errors;
  // With a single fault the message is the fault.
  for (const fault of faults.length > 1 ? faults : []) console.error(`  ${fault.field}: ${fault.message}`);
  return error.status === 401 ? exitCodes.signIn : exitCodes.failed;
}

/** Of a database or store that a command opens itself. */
function reportAppError({ detail, faults }: AppError, say: Say): number {
  console.error(say(detail));
  for (const fault of faults) console.error(`  ${fault.field}: ${say(fault.message)}`);
  return exitCodes.failed;
}
