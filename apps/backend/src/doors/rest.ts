/** Puts an operation of the contract on the server: guard, parsing, handler, serialisation, audit. */
import type { Route, RouteResponse } from '@imageflow/contract';
import { AppError } from '@imageflow/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { accepts } from './accept.ts';
import type { Caller } from './caller.ts';
import { pageToken } from './cookies.ts';
import { admit, type Credentials } from './guard.ts';
import { parseParts } from './parse.ts';
import { headerText } from './request-context.ts';

/** Both name the same routes: the canonical one, and the public base address of the design. */
export const prefixes = ['/api/v1', '/v1'] as const;

/** One request, parsed. Parts the route does not have are undefined. */
export interface Call<R extends Route> {
  readonly params: Part<R, 'params'>;
  readonly query: Part<R, 'query'>;
  readonly headers: Part<R, 'headers'>;
  readonly body: R extends { readonly body: { readonly kind: 'json'; readonly schema: infer S extends z.ZodType } }
    ? z.output<S>
    : undefined;
  readonly caller: R extends { readonly action: 'public' } ? undefined : Caller;
  /** Multipart bodies and ranges are read from here. */
  readonly request: FastifyRequest;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /** Id and facts of what was changed, for the audit log; without it the path's id is written. Never a secret. */
  readonly note: (resourceId: string, details?: Readonly<Record<string, unknown>>) => void;
}

type Part<R, K extends 'params' | 'query' | 'headers'> = R extends { readonly [P in K]: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;

/** One of the answers the route promises. Bodies without a schema, or of other content types, are bytes. */
export type Answer<R extends Route> = {
  [S in keyof R['responses'] & number]: {
    readonly status: S;
    readonly headers?: Readonly<Record<string, string | string[]>>;
  } & BodyOf<R['responses'][S]>;
}[keyof R['responses'] & number];

type BodyOf<A> = A extends { readonly contentTypes: readonly string[] }
  ? { readonly body: unknown }
  : A extends { readonly schema: infer S extends z.ZodType }
    ? { readonly body: z.output<S> }
    : { readonly body?: undefined };

type Handler<R extends Route> = (call: Call<R>) => Promise<LooseAnswer>;

/** Adds the route under both prefixes. `A` is there so that a handler's status stays the number it wrote, to be held against the promised ones. */
export function register<const R extends Route, const A extends Answer<R>>(
  app: FastifyInstance,
  route: R,
  handler: (call: Call<R>) => Promise<A>,
): void {
  for (const prefix of prefixes) {
    app.route({
      method: route.method,
      url: prefix + route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      config: { operationId: route.operationId },
      schema: { response: responseSchemas(route) },
      onRequest: (request) => guard(app, route, request),
      handler: (request, reply) => serve(app, route, handler, request, reply),
    });
  }
}

async function guard(app: FastifyInstance, route: Route, request: FastifyRequest): Promise<void> {
  if (route.action !== 'public') {
    request.caller = await admit(app.door.authenticator, credentialsOf(route, request), route.action);
  }
  checkContentType(route, request);
  checkAccept(route, request);
}

function credentialsOf(route: Route, request: FastifyRequest): Credentials {
  const { authorization } = request.headers;
  const { query } = request;
  const ticket = typeof query === 'object' && query !== null && 'ticket' in query ? query.ticket : undefined;
  return { authorization, ticket: route.takesTicket && typeof ticket === 'string' ? ticket : undefined, pageToken: pageToken(request) };
}

/** Before the body is read: an answer about its parts would mislead. */
function checkContentType(route: Route, request: FastifyRequest): void {
  const sent = headerText(request, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  if (route.body === undefined || sent === undefined) return;
  const wanted = route.body.kind === 'json' ? 'application/json' : 'multipart/form-data';
  if (sent === wanted) {
    if (route.body.kind === 'multipart') checkBoundary(request);
    return;
  }
  throw new AppError('UNSUPPORTED_MEDIA', {
    detail: { ja: `Content-Type: ${wanted} で送ってください（受信: ${sent}）`, en: `Send Content-Type: ${wanted} (got ${sent})` },
  });
}

/** Without it the parts cannot be told apart; the parser would fail as if that were our fault. */
function checkBoundary(request: FastifyRequest): void {
  if (/;\s*boundary=("[^"]+"|[^\s";]+)/i.test(headerText(request, 'content-type') ?? '')) return;
  throw new AppError('MALFORMED_BODY', {
    detail: {
      ja: 'Content-Type に boundary がありません。フォームを送るライブラリーに Content-Type を任せてください',
      en: 'The Content-Type has no boundary. Leave that header to the library that sends the form',
    },
  });
}

/** What a download's type is, is known only when the file has been found: those routes answer whatever they have. */
function checkAccept(route: Route, request: FastifyRequest): void {
  const answers: readonly RouteResponse[] = Object.values(route.responses);
  const isJson = answers.some((answer) => answer.schema !== undefined) && answers.every((answer) => answer.contentTypes === undefined);
  if (!isJson || accepts(request.headers.accept, 'application/json')) return;
  throw new AppError('NOT_ACCEPTABLE', {
    detail: { ja: '応答できる形式は application/json だけです', en: 'The answer can only be application/json' },
  });
}

async function serve<R extends Route>(
  app: FastifyInstance,
  route: R,
  handler: Handler<R>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const parts = parseParts(route, request);
  let noted: { readonly id: string | undefined; readonly details: Readonly<Record<string, unknown>> } = {
    id: pathId(request),
    details: {},
  };
  const call = {
    ...parts,
    caller: request.caller,
    request,
    signal: disconnectSignal(reply),
    note: (id: string, details: Readonly<Record<string, unknown>> = {}) => {
      noted = { id, details };
    },
  };
  // The parts were parsed by this route's own schemas, which is what Call<R> says.
  const answer = await handler(call as unknown as Call<R>);
  if (isAudited(route)) {
    await app.door.audit({
      caller: request.caller,
      operation: route.operationId,
      resourceType: route.tag,
      resourceId: noted.id,
      details: noted.details,
      traceId: request.trace.traceId,
    });
  }
  reply.code(answer.status).headers({ ...answer.headers });
  return reply.send(answer.body);
}

interface LooseAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: unknown;
}

/** Changes of shared things. Executions and uploads are left out: their own rows say who made them. */
function isAudited(route: Route): boolean {
  return route.method !== 'GET' && /:(write|delete|cancel)$/.test(route.action) && route.action !== 'files:write';
}

function pathId(request: FastifyRequest): string | undefined {
  const params: unknown = request.params;
  if (typeof params !== 'object' || params === null || !('id' in params)) return undefined;
  return String(params.id);
}

function disconnectSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

function responseSchemas(route: Route): Record<string, z.ZodType> {
  const json = (answer: RouteResponse): boolean => answer.schema !== undefined && answer.contentTypes === undefined;
  return Object.fromEntries(
    Object.entries(route.responses).flatMap(([status, answer]) => (answer.schema && json(answer) ? [[status, answer.schema]] : [])),
  );
}
