/** RFC 9457 problem documents, made of catalogue errors. */
import { type AppError, catalogue } from '@imageflow/core';
import type { Language } from '../language.ts';

export const problemContentType = 'application/problem+json; charset=utf-8';

export interface ProblemContext {
  readonly language: Language;
  /** Path of the request, without its query: that can hold a ticket. */
  readonly instance: string;
  readonly traceId: string;
}

export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The document and headers for an error; nothing of its cause is in them. */
export function toProblem(error: AppError, context: ProblemContext): Problem {
  const { slug, status, title } = catalogue[error.code];
  const faults = error.faults.map((fault) => ({ field: fault.field, message: fault.message[context.language], value: fault.value }));
  return {
    status,
    headers: {
      'content-language': context.language,
      'cache-control': 'no-store',
      ...(error.retryAfterSeconds !== undefined && { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterSeconds))) }),
      // How long the content is, as RFC 9110 §15.5.17 wants it.
      ...(status === 416 && { 'content-range': `bytes */${error.extensions.size_bytes ?? '*'}` }),
      ...(status === 401 && { 'www-authenticate': 'Bearer realm="imageflow"' }),
    },
    body: {
      ...error.extensions,
      type: `https://api.imageflowcanvas.com/errors/${slug}`,
      title: title[context.language],
      status,
      detail: error.detail[context.language],
      instance: context.instance,
      code: error.code,
      trace_id: context.traceId,
      ...(faults.length > 0 && { validation_errors: faults }),
    },
  };
}
