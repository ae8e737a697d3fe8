/** One line a request, when it has been answered. No query: it can hold a ticket. No header: it can hold a token. */
import type { FastifyInstance } from 'fastify';
import { pathOf } from './request-context.ts';

/** Asked every few seconds by whoever watches the server; they would bury the rest. */
const quiet = new Set(['/livez', '/readyz', '/metrics']);

export function addRequestLog(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const path = pathOf(request);
    const facts = {
      trace_id: request.trace.traceId,
      method: request.method,
      path,
      status: reply.statusCode,
      elapsed_ms: Math.round(reply.elapsedTime * 10) / 10,
      ...(request.caller !== undefined && { user_id: request.caller.userId }),
    };
    if (quiet.has(path)) request.log.debug(facts, 'request');
    else request.log.info(facts, 'request');
  });
}
