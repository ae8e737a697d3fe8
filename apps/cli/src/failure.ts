/** The last word on a failure, and the exit code. */
import { ApiError, ConnectionError } from '@imageflow/api/client';
import { CommanderError } from 'commander';
import { exitCodes, Stop } from './exit.ts';
import type { Say } from './language.ts';

export function reportFailure(error: unknown, say: Say): number {
  // Commander has written its own message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof Stop) {
    console.error(say(error.text));
    return error.code;
  }
  if (error instanceof ConnectionError) {
    console.error(
      say({
        ja: `${error.address} から応答がありません。サーバーを起動するか（npm start）、--server で指定してください`,
        en: `${error.address} does not answer. Start the server (npm start) or name another with --server`,
      }),
    );
    return exitCodes.unreachable;
  }
  if (error instanceof ApiError) return reportApiError(error, say);
  console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return exitCodes.failed;
}

function reportApiError(error: ApiError, say: Say): number {
  console.error(error.message);
  for (const fault of error.problem.validation_errors) console.error(`  ${fault.field}: ${fault.message}`);
  if (error.status !== 401) return exitCodes.failed;
  console.error(say({ ja: '`imageflow login` でログインしてください', en: 'Sign in with `imageflow login`' }));
  return exitCodes.signIn;
}
