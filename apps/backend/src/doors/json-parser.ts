/** JSON bodies. An empty one is "no body": clients send the header with a POST that has nothing to say. */
import type { FastifyInstance } from 'fastify';

export function addJsonParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.trim() === '') done(null, undefined);
    // It reports by `done`; what it returns is for parsers without.
    else void parse(request, body, done);
  });
}
