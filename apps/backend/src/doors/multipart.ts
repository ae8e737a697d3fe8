/** Forms that go wrong: what the client is told, and what becomes of the rest of its body. */
import type { IncomingMessage } from 'node:http';
import { AppError, type Clock } from '@imageflow/core';

/** After a refusal. */
const drainMs = 60_000;

/** Unread bytes would hold up the connection's next request, and closing it at once could destroy the answer on its way. */
export function drainBody(message: IncomingMessage, clock: Clock): void {
  if (message.complete) return;
  message.unpipe();
  message.resume();
  const cancel = clock.after(drainMs, () => message.destroy());
  message.once('end', cancel).once('close', cancel);
}

/** The parser's errors have codes the one error handler knows, or none: those are about the form's shape. */
export function toFormError(error: unknown, maxFiles: number): unknown {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_FILES_LIMIT') return tooManyFiles(maxFiles);
  if (code !== undefined) return error;
  return new AppError('MALFORMED_BODY', {
    detail: {
      ja: '本文が正しい multipart/form-data ではないか、途中で切れています。boundary と終わりの区切りを確かめてください',
      en: 'The body is not valid multipart/form-data, or it was cut off. Check the boundary and the closing delimiter',
    },
    cause: error,
  });
}

function tooManyFiles(maxFiles: number): AppError {
  return new AppError('TOO_LARGE', {
    detail: {
      ja: `1 回に送れるのは ${maxFiles} ファイルまでです。分けて送ってください`,
      en: `A request takes up to ${maxFiles} files. Send them in several requests`,
    },
    extensions: { max_files: maxFiles },
  });
}
