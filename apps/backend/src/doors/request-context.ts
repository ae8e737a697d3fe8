/** What every request carries besides Fastify's own members. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuditEntry } from './audit-entry.ts';
import type { Authenticator, Caller } from './caller.ts';
import { chooseLanguage, type Language } from './language.ts';
import { continueTrace, type Trace } from './trace.ts';

/** What the routes of every room need; handed to createApp, reached through the app. */
export interface Door {
  readonly authenticator: Authenticator;
  /** Writes one entry of the audit log. */
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

declare module 'fastify' {
  interface FastifyInstance {
    door: Door;
    /** Methods of every path, filled as routes are added. */
    pathMethods: Map<string, Set<string>>;
  }
  interface FastifyRequest {
    trace: Trace;
    caller: Caller | undefined;
  }
}

/** Gives each request its trace; answers carry it as `traceparent`. */
export function addRequestContext(app: FastifyInstance): void {
  app.decorateRequest('caller', undefined);
  app.decorateRequest('trace');
  app.addHook('onRequest', async (request, reply) => {
    request.trace = continueTrace(headerText(request, 'traceparent'));
    reply.header('traceparent', request.trace.traceparent);
  });
}

/** `?lang=` is for who cannot send headers: pages' own switches, WebSockets of browsers. */
export function languageOf(request: FastifyRequest): Language {
  const { query } = request;
  const wanted = typeof query === 'object' && query !== null && 'lang' in query ? query.lang : undefined;
  if (wanted === 'ja' || wanted === 'en') return wanted;
  return chooseLanguage(request.headers['accept-language']);
}

/** The path without its query, which can hold a ticket. */
export function pathOf(request: { readonly url: string }): string {
  const end = request.url.indexOf('?');
  return end === -1 ? request.url : request.url.slice(0, end);
}

export function headerText(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
