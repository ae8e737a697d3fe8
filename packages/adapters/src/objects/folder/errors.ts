/** File system errors, converted once. */
import { AppError } from '@imageflow/core';

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** There is no such file, or a folder of this name. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error));
}

/** AppErrors pass, and so does what the source of a body threw: only errors of the file system have an `errno`. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error) || !('errno' in error)) return error;
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error))) return new AppError('STORE_FULL', { cause: error });
  return new AppError('STORE_UNAVAILABLE', { cause: error });
}
