/** Requests as spans: what they cause, down to the services, is below them. */
import type { Span, Tracing } from '@imageflow/adapters/tracing';
import type { FastifyInstance } from 'fastify';
import { headerText } from './request-context.ts';
import { continueTrace } from './trace.ts';

/** Asked every few seconds by whoever watches the server; they would bury the rest. */
const quiet = new Set(['/livez', '/readyz', '/metrics']);

declare module 'fastify' {
  interface FastifyRequest {
    span: Span | undefined;
  }
}

/** For the routes that are registered after it. */
export function traceRequests(app: FastifyInstance, tracing: Tracing): void {
  if (!tracing.isEnabled) return;
  app.decorateRequest('span', undefined);
  app.addHook('onRequest', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    // A WebSocket is open for hours; what its messages cause has spans of its own.
    if (quiet.has(route) || request.ws) return;
    const attributes = { 'http.request.method': request.method, 'http.route': route };
    const span = tracing.start(`${request.method} ${route}`, { kind: 'server', parent: headerText(request, 'traceparent'), attributes });
    const traceId = span.traceparent?.split('-')[1];
    request.span = span;
    request.trace =
      span.traceparent === undefined || traceId === undefined ? continueTrace(undefined) : { traceId, traceparent: span.traceparent };
    reply.header('traceparent', request.trace.traceparent);
  });
  app.addHook('onResponse', async (request, reply) => {
    request.span?.set({ 'http.response.status_code': reply.statusCode });
    request.span?.end(reply.statusCode >= 500 ? new Error(`answered ${reply.statusCode}`) : undefined);
  });
}
