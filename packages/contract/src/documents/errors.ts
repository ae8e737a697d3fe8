/** Which errors an operation can answer, and how they look in the document. */
import { catalogue, type ErrorCode, permissions } from '@imageflow/core';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import type { Route } from '../define.ts';
import { problem, problemBase, problemMediaType } from '../problem.ts';

/** The route's own, and those that come from what every route has: a guard, a parser, a database. */
function errorsOf(route: Route): readonly ErrorCode[] {
  return [...new Set<ErrorCode>([...route.errors, ...ofGuard(route), ...ofParsing(route), ...ofServer(route)])];
}

function ofGuard({ action }: Route): ErrorCode[] {
  if (action === 'public') return [];
  const everyone = permissions['auth:self'];
  return permissions[action].length < everyone.length ? ['UNAUTHENTICATED', 'FORBIDDEN'] : ['UNAUTHENTICATED'];
}

function ofParsing(route: Route): ErrorCode[] {
  const isParsed = route.params ?? route.query ?? route.headers ?? route.body;
  const answersJson = Object.values(route.responses).some((answer) => answer.schema !== undefined && answer.contentTypes === undefined);
  return [
    ...(isParsed === undefined ? [] : (['VALIDATION_ERROR'] as const)),
    ...(answersJson ? (['NOT_ACCEPTABLE'] as const) : []),
    // Also an operation without a body reads the one that it is sent.
    ...(route.method === 'GET' ? [] : (['MALFORMED_BODY', 'TOO_LARGE', 'UNSUPPORTED_MEDIA'] as const)),
  ];
}

function ofServer(route: Route): ErrorCode[] {
  return ['INTERNAL', 'SHUTTING_DOWN', 'DATABASE_UNAVAILABLE', ...(route.method === 'GET' ? [] : (['STORE_FULL'] as const))];
}

/** Components of one document: equal responses are one. */
export type SharedResponses = Map<string, ZodOpenApiResponseObject>;

/** One response a status: its codes share it. */
export function errorResponses(route: Route, shared: SharedResponses): Record<string, ZodOpenApiResponseObject> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorsOf(route)) {
    const { status } = catalogue[code];
    // A status that the route answers on its own (GET /health: 503) keeps its meaning.
    if (status in route.responses) continue;
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].sort(([a], [b]) => a - b).map(([status, codes]) => [status, responseOf(status, codes.sort(), shared)]),
  );
}

function responseOf(status: number, codes: readonly ErrorCode[], shared: SharedResponses): ZodOpenApiResponseObject {
  const id = codes.join('-');
  const known = shared.get(id);
  if (known !== undefined) return known;
  const response: ZodOpenApiResponseObject = {
    id,
    description: codes.map((code) => `${code}: ${catalogue[code].title.en} / ${catalogue[code].title.ja}`).join('\n\n'),
    headers: headersOf(status),
    content: { [problemMediaType]: { schema: problem, examples: Object.fromEntries(codes.map((code) => [code, exampleOfCode(code)])) } },
  };
  shared.set(id, response);
  return response;
}

function headersOf(status: number): ZodOpenApiResponseObject['headers'] & object {
  const text = (description: string) => ({ description, schema: { type: 'string' } as const });
  return {
    'Content-Language': text('Language of the texts: ja or en'),
    ...(status === 401 && { 'WWW-Authenticate': text('Bearer') }),
    ...((status === 429 || status === 503) && { 'Retry-After': text('Seconds after which another try can help; not on every answer') }),
  };
}

const withFaults: ReadonlySet<ErrorCode> = new Set(['VALIDATION_ERROR', 'PIPELINE_INVALID']);

function exampleOfCode(code: ErrorCode): { summary: string; value: object } {
  const { slug, status, title } = catalogue[code];
  const fault =
    code === 'PIPELINE_INVALID'
      ? { field: 'steps[1].depends_on[0]', message: 'resizer というステップはありません', value: 'resizer' }
      : { field: 'confidence_threshold', message: '値は0.0以上1.0以下である必要があります', value: 1.5 };
  return {
    summary: title.en,
    value: {
      type: problemBase + slug,
      title: title.ja,
      status,
      detail: title.ja,
      instance: '/api/v1/executions',
      code,
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      ...(withFaults.has(code) && { validation_errors: [fault] }),
    },
  };
}
