/** Methods that a known path does not have: 405 with Allow; OPTIONS says which it has. */
import { AppError } from '@imageflow/core';
import type { FastifyInstance, FastifyReply, HTTPMethods } from 'fastify';

const methods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'];

/** Call before the first route. */
export function recordMethods(app: FastifyInstance): void {
  app.decorate('pathMethods', new Map<string, Set<string>>());
  app.addHook('onRoute', ({ url, method }) => {
    const known = app.pathMethods.get(url) ?? new Set<string>();
    for (const name of [method].flat()) known.add(name.toUpperCase());
    app.pathMethods.set(url, known);
  });
}

/** Call after the last route. */
export function addMissingMethods(app: FastifyInstance): void {
  for (const [url, known] of [...app.pathMethods]) {
    if (url.includes('*')) continue;
    const allow = [...known, 'OPTIONS'].filter((name, index, all) => all.indexOf(name) === index).join(', ');
    if (!known.has('OPTIONS')) {
      app.options(url, { logLevel: 'warn' }, (_request, reply) => reply.code(204).header('allow', allow).send());
    }
    const missing = methods.filter((method) => method !== 'OPTIONS' && !known.has(method));
    if (missing.length === 0) continue;
    app.route({
      url,
      method: missing,
      exposeHeadRoute: false,
      // Before the body is looked at: what is wrong with it does not matter here.
      onRequest: (request, reply) => refuse(request.method, allow, reply),
      handler: unreachable,
    });
  }
}

async function refuse(method: string, allow: string, reply: FastifyReply): Promise<never> {
  reply.header('allow', allow);
  throw new AppError('METHOD_NOT_ALLOWED', {
    detail: {
      ja: `${method} はここでは使えません。使えるのは ${allow} です`,
      en: `${method} is not allowed here. Allowed: ${allow}`,
    },
  });
}

function unreachable(): never {
  throw new AppError('INTERNAL');
}
