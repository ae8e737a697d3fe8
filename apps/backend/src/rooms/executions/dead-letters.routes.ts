/** Dead letters over REST. */
import { deadLetterRoutes } from '@imageflow/contract';
import type { FastifyInstance } from 'fastify';
import { linkHeaders } from '../../doors/page.ts';
import { register } from '../../doors/rest.ts';
import type { DeadLetterRow } from './dead-letters.queries.ts';
import type { DeadLetters } from './dead-letters.ts';

export function registerDeadLetterRoutes(app: FastifyInstance, { deadLetters }: { readonly deadLetters: DeadLetters }): void {
  register(app, deadLetterRoutes.listDeadLetters, async ({ query, request }) => {
    const { limit, cursor, redriven } = query;
    const page = await deadLetters.list({ limit, cursor, isRedriven: redriven === undefined ? undefined : redriven === 'true' });
    const body = { items: page.items.map(toWire), next_cursor: page.nextCursor ?? null };
    return { status: 200, headers: linkHeaders(request.url, page.nextCursor), body };
  });
  register(app, deadLetterRoutes.redriveDeadLetter, async ({ params, caller, request, note }) => {
    const letter = await deadLetters.redrive(params.id, caller, request.trace.traceparent);
    note(params.id, { execution_id: letter.execution_id, new_execution_id: letter.new_execution_id });
    return { status: 200, body: toWire(letter) };
  });
  register(app, deadLetterRoutes.deleteDeadLetter, async ({ params }) => {
    await deadLetters.remove(params.id);
    return { status: 204 };
  });
}

function toWire(letter: DeadLetterRow) {
  const { id, topic, key, reason, deliveries, execution_id, value, redriven_by, new_execution_id } = letter;
  return {
    id,
    topic,
    key,
    reason,
    deliveries,
    execution_id,
    value,
    created_at: letter.created_at.toISOString(),
    redriven_at: letter.redriven_at?.toISOString() ?? null,
    redriven_by,
    new_execution_id,
  };
}
