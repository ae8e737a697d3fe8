/** How a call can fail. */

import type { RefusalMessage } from '@imageflow/contract';
import { validationFault, problem as wireProblem } from '@imageflow/contract';
import { catalogue, type ErrorCode } from '@imageflow/core';
import { z } from 'zod';

/** A newer server may know codes that this program does not. */
const problem = wireProblem.extend({ code: z.string(), validation_errors: z.array(validationFault).default([]) });

export type Problem = z.output<typeof problem>;

/** The server answered with a problem document. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, document: Problem, retryAfterSeconds: number | undefined) {
    super(document.detail === '' ? document.title : document.detail);
    this.name = 'ApiError';
    this.status = status;
    this.problem = document;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get code(): string {
    return this.problem.code;
  }
}

/** No answer at all. */
export class ConnectionError extends Error {
  readonly address: string;

  constructor(address: string, cause: unknown) {
    super(`${address} does not answer`, { cause });
    this.name = 'ConnectionError';
    this.address = address;
  }
}

/** Something in between (a proxy, another program on the port) may answer with anything. */
export async function readError(response: Response): Promise<ApiError> {
  const text = await response.text();
  const after = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(response.status, parseProblem(text, response), Number.isFinite(after) ? after : undefined);
}

/** A WebSocket's refusal, as the REST API would have told it. */
export function refusalError({ error }: RefusalMessage): ApiError {
  const { status } = error.code in catalogue ? catalogue[error.code as ErrorCode] : catalogue.INTERNAL;
  const facts = { type: 'about:blank', title: error.message, detail: error.message, instance: '', trace_id: '', validation_errors: [] };
  return new ApiError(status, { ...facts, status, code: error.code }, error.retry_after);
}

function parseProblem(text: string, response: Response): Problem {
  try {
    return problem.parse(JSON.parse(text));
  } catch {
    return {
      type: 'about:blank',
      title: `HTTP ${response.status} ${response.statusText}`,
      status: response.status,
      detail: text.slice(0, 200),
      instance: new URL(response.url).pathname,
      code: 'UNKNOWN',
      trace_id: '',
      validation_errors: [],
    };
  }
}
