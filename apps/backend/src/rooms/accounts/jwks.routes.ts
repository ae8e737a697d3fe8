/** The public keys of access tokens, for gateways and services that verify them. */
import type { FastifyInstance } from 'fastify';
import type { SigningKeys } from './keys.ts';

export function registerJwks(app: FastifyInstance, keys: SigningKeys): void {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=5').type('application/jwk-set+json; charset=utf-8');
    // The type has a serialiser of its own: without this the framework takes it for text.
    return reply.send(JSON.stringify(await keys.published()));
  });
}
