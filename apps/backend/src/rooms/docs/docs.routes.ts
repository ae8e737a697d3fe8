/** Pages and documents for people who look at the server: outside the API, without sign-in. */
import type { FastifyInstance } from 'fastify';
import { languageOf } from '../../doors/request-context.ts';
import type { HealthWatch } from '../system/health.ts';
import { documents } from './documents.ts';
import { icon, iconPath } from './icon.ts';
import { renderLanding } from './landing.ts';
import { loadReferencePage, scriptPath } from './reference.ts';

export interface DocsNeeds {
  readonly health: HealthWatch;
  /** Where the page about the server is: "/" unless the web UI is there. */
  readonly landingPath: string;
}

const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** The viewer styles itself inline and is started by an inline script; it may talk to this server only. */
const referencePolicy =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data: blob:; " +
  "font-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function registerDocs(app: FastifyInstance, needs: DocsNeeds): void {
  app.get(needs.landingPath, async (request, reply) => {
    const health = await needs.health.check();
    const origin = `${request.protocol}://${request.host}`;
    reply.headers({ 'content-security-policy': pagePolicy, vary: 'accept-language', 'cache-control': 'no-cache' });
    return reply.type('text/html; charset=utf-8').send(renderLanding(languageOf(request), origin, health));
  });
  app.get('/api/docs', async (_request, reply) => {
    const { html } = await loadReferencePage();
    reply.headers({ 'content-security-policy': referencePolicy, 'cache-control': 'no-cache' });
    return reply.type('text/html; charset=utf-8').send(html);
  });
  app.get(scriptPath, async (_request, reply) => {
    const { script } = await loadReferencePage();
    reply.headers({ 'content-encoding': 'gzip', 'cache-control': 'public, max-age=86400' });
    return reply.type('text/javascript; charset=utf-8').send(script);
  });
  app.get(iconPath, async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=86400');
    return reply.type('image/svg+xml').send(icon);
  });
  for (const [path, build] of Object.entries(documents)) addDocument(app, path, build);
}

function addDocument(app: FastifyInstance, path: string, build: () => Promise<object>): void {
  let text: Promise<string> | undefined;
  app.get(path, async (_request, reply) => {
    text ??= build().then((document) => JSON.stringify(document));
    return reply
      .header('cache-control', 'no-cache')
      .type('application/json; charset=utf-8')
      .send(await text);
  });
}
