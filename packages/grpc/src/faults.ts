/** AppErrors across gRPC: the status code for every client, the whole error for ours in trailing metadata. */

import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { AppError, catalogue, type ErrorCode, type ErrorOptions, type ValidationFault } from '@imageflow/core';

/** Trailing metadata with the error as JSON in UTF-8 ("-bin": gRPC headers are ASCII otherwise). */
const errorHeader = 'imageflow-error-bin';
/** Trailers count against the peer's header limit (16 KiB by default in grpc-js and others). */
const maxHeaderBytes = 6_000;

export type GrpcError = Pick<ServiceError, 'code' | 'details' | 'metadata'>;

/** What a server's callback takes as its error. */
export function toGrpcError(error: AppError): GrpcError {
  const metadata = new Metadata();
  metadata.set(errorHeader, encodeError(error));
  return { code: statusOf(error.code), details: error.detail.en, metadata };
}

/**
 * The AppError a client's call failed with. An error that no service of ours made (unreachable, foreign service) is judged by its status:
 * CANCELLED, STEP_TIMEOUT, SERVICE_UNAVAILABLE, or SERVICE_FAULT, which is not retryable when the status says that the request is at fault.
 */
export function fromGrpcError(error: ServiceError): AppError {
  const header = error.metadata?.get(errorHeader)[0];
  return (header === undefined ? undefined : decodeError(header, error)) ?? fromStatus(error);
}

const statusByHttp: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  409: status.ABORTED,
  412: status.FAILED_PRECONDITION,
  413: status.INVALID_ARGUMENT,
  415: status.INVALID_ARGUMENT,
  422: status.INVALID_ARGUMENT,
  429: status.RESOURCE_EXHAUSTED,
  499: status.CANCELLED,
  502: status.UNAVAILABLE,
  503: status.UNAVAILABLE,
  504: status.DEADLINE_EXCEEDED,
  507: status.RESOURCE_EXHAUSTED,
};

function statusOf(code: ErrorCode): status {
  return code === 'QUALITY_REJECTED' ? status.FAILED_PRECONDITION : (statusByHttp[catalogue[code].status] ?? status.INTERNAL);
}

function encodeError(error: AppError): Buffer {
  const { code, detail, retryable, retryAfterSeconds } = error;
  const short = { code, detail, retryable, retryAfterSeconds };
  const whole = Buffer.from(JSON.stringify({ ...short, faults: error.faults, extensions: error.extensions }));
  return whole.length <= maxHeaderBytes ? whole : Buffer.from(JSON.stringify(short));
}

function decodeError(header: string | Buffer, cause: ServiceError): AppError | undefined {
  try {
    const wire = JSON.parse(header.toString()) as { code?: unknown } & ErrorOptions;
    if (typeof wire.code !== 'string' || !(wire.code in catalogue)) return undefined;
    const { detail, faults, extensions, retryable, retryAfterSeconds } = wire;
    return new AppError(wire.code as ErrorCode, {
      ...(isText(detail) ? { detail } : {}),
      ...(Array.isArray(faults) ? { faults: faults as readonly ValidationFault[] } : {}),
      ...(typeof extensions === 'object' && extensions !== null ? { extensions } : {}),
      ...(typeof retryable === 'boolean' ? { retryable } : {}),
      ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
      cause,
    });
  } catch {
    return undefined;
  }
}

function isText(detail: unknown): detail is { ja: string; en: string } {
  return typeof detail === 'object' && detail !== null && 'ja' in detail && 'en' in detail;
}

function fromStatus(error: ServiceError): AppError {
  switch (error.code) {
    case status.CANCELLED:
      return new AppError('CANCELLED', { cause: error });
    case status.DEADLINE_EXCEEDED:
      return new AppError('STEP_TIMEOUT', { cause: error });
    case status.UNAVAILABLE:
    case status.RESOURCE_EXHAUSTED:
      return new AppError('SERVICE_UNAVAILABLE', { cause: error });
    case status.INVALID_ARGUMENT:
    case status.FAILED_PRECONDITION:
    case status.NOT_FOUND:
    case status.OUT_OF_RANGE:
    case status.UNIMPLEMENTED:
      return new AppError('SERVICE_FAULT', { retryable: false, detail: { ja: error.details, en: error.details }, cause: error });
    default:
      return new AppError('SERVICE_FAULT', { cause: error });
  }
}
