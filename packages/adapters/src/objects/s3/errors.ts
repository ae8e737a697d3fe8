/** Errors of S3 and of the way to it, converted once. */
import { S3ServiceException } from '@aws-sdk/client-s3';
import { AppError } from '@imageflow/core';
import { objectNotFound } from '../errors.ts';

export function isMissing(error: unknown): boolean {
  // HEAD has no body, so its 404 has no name but the status.
  return error instanceof S3ServiceException && (error.name === 'NoSuchKey' || error.name === 'NotFound' || statusOf(error) === 404);
}

/** What the source of a body threw passes: it is none of the store's. */
export function toStoreError(error: unknown, key: string, signal?: AbortSignal): unknown {
  if (error instanceof AppError) return error;
  if (signal?.aborted === true) return new AppError('CANCELLED', { cause: error });
  if (error instanceof S3ServiceException && error.name === 'NoSuchBucket') return unavailable(error);
  if (isMissing(error)) return objectNotFound(key, error);
  if (isFull(error)) return new AppError('STORE_FULL', { cause: error });
  return unavailable(error);
}

export function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/** Each vendor has a name of its own for it; 507 is what most send. */
function isFull(error: unknown): boolean {
  return (
    statusOf(error) === 507 ||
    (error instanceof Error && /StorageFull|InsufficientStorage|QuotaExceeded|InsufficientCapacity/.test(error.name))
  );
}

function unavailable(cause: unknown): AppError {
  return new AppError('STORE_UNAVAILABLE', { cause });
}
