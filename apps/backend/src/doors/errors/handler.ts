/** The one error handler: whatever was thrown becomes a problem document in the client's language. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '@imageflow/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { languageOf, pathOf } from '../request-context.ts';
import { continueTrace } from '../trace.ts';
import { toAppError } from './foreign.ts';
import { problemContentType, toProblem } from './problem.ts';

export function addErrorHandler(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  // A hook, so that an unknown route is answered without reading the body. WebSocket handshakes are left to their plugin.
  app.addHook('onRequest', async (request) => {
    if (request.is404 && request.headers.upgrade === undefined) throw unknownPath(request);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(unknownPath(request), request, reply));
}

/** Logs what a client must not see, and answers. */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = toAppError(thrown);
  // The framework's own errors come before the hook that sets the trace.
  const trace = request.trace ?? continueTrace(undefined);
  log(error, request, trace.traceId);
  const problem = toProblem(error, { language: languageOf(request), instance: pathOf(request), traceId: trace.traceId });
  // JSON.stringify here: the route's serialiser knows the shapes of successes only.
  return reply.code(problem.status).headers(problem.headers).type(problemContentType).serializer(JSON.stringify).send(problem.body);
}

function log(error: AppError, request: FastifyRequest, traceId: string): void {
  const facts = { code: error.code, trace_id: traceId, method: request.method, path: pathOf(request) };
  if (error.status >= 500) request.log.error({ ...facts, err: error }, 'request failed');
  else request.log.debug({ ...facts, detail: error.detail.en }, 'request refused');
}

function unknownPath(request: FastifyRequest): AppError {
  const path = pathOf(request);
  return new AppError('NOT_FOUND', {
    detail: {
      ja: `${path} というアドレスはありません。/api/docs に一覧があります`,
      en: `There is nothing at ${path}. /api/docs lists what there is`,
    },
  });
}

/** Answers requests that are not HTTP, or whose headers are too long: they reach no route. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const problem = toProblem(new AppError('MALFORMED_BODY', { detail: clientErrorDetail(status) }), {
    language: 'ja',
    instance: '/',
    traceId: continueTrace(undefined).traceId,
  });
  const body = JSON.stringify({ ...problem.body, status });
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${problemContentType}\r\n`;
  socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}

function clientErrorDetail(status: number): { ja: string; en: string } {
  return status === 431
    ? { ja: 'リクエストヘッダーが長すぎます', en: 'The request headers are too long' }
    : { ja: 'HTTP として読み取れません', en: 'This cannot be read as HTTP' };
}
