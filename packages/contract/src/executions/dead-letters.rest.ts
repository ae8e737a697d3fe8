/** Messages that no delivery could settle, and executions that were given up: for people to look at and to try again. */
import { z } from 'zod';
import { defineRoute } from '../define.ts';
import { pageOf, pageQuery } from '../page.ts';

const timestamp = z.iso.datetime({ offset: true });

const deadLetter = z
  .object({
    id: z.uuid(),
    topic: z.string().meta({ description: 'Where it was to be settled', examples: ['image-processing-requests'] }),
    key: z.string(),
    reason: z.string().meta({ examples: ['SERVICE_FAULT: The processing service failed'] }),
    deliveries: z.int().meta({ description: 'How often it was tried' }),
    execution_id: z.uuid().nullable(),
    value: z.unknown().meta({ description: 'The message' }),
    created_at: timestamp,
    redriven_at: timestamp.nullable(),
    redriven_by: z.uuid().nullable(),
    new_execution_id: z.uuid().nullable().meta({ description: 'What the new try of an ended execution became' }),
  })
  .meta({ id: 'DeadLetter' });

const tag = 'dead-letters';
const params = z.object({ id: z.uuid() });

export const deadLetterRoutes = {
  listDeadLetters: defineRoute({
    operationId: 'listDeadLetters',
    method: 'GET',
    path: '/dead-letters',
    tag,
    summary: { ja: '処理できなかったメッセージの一覧を新しい順に取得します。', en: 'List dead letters' },
    description: 'Newest first.',
    action: 'dead_letters:read',
    query: pageQuery.extend({
      redriven: z.enum(['true', 'false']).optional().meta({ description: 'Only those that were, or were not, tried again' }),
    }),
    responses: {
      200: { description: 'A page of dead letters', schema: pageOf(deadLetter), headers: { Link: 'The next page, rel="next"' } },
    },
    errors: [],
  }),
  redriveDeadLetter: defineRoute({
    operationId: 'redriveDeadLetter',
    method: 'POST',
    path: '/dead-letters/{id}/redrive',
    tag,
    summary: {
      ja: '処理できなかったメッセージを再投入します。終わった実行は新しい実行としてやり直します。',
      en: 'Try a dead letter again',
    },
    description:
      'An execution that has ended is run anew, under a new id, with the pinned version and its inputs; anything else goes back to its topic. Only once for each letter.',
    action: 'dead_letters:write',
    params,
    responses: { 200: { description: 'It is on its way', schema: deadLetter } },
    errors: ['NOT_FOUND', 'CONFLICT', 'PIPELINE_INVALID', 'QUEUE_FULL', 'BUS_UNAVAILABLE', 'SHUTTING_DOWN'],
  }),
  deleteDeadLetter: defineRoute({
    operationId: 'deleteDeadLetter',
    method: 'DELETE',
    path: '/dead-letters/{id}',
    tag,
    summary: { ja: '処理できなかったメッセージを削除します。', en: 'Delete a dead letter' },
    description: 'The execution it is about stays.',
    action: 'dead_letters:write',
    params,
    responses: { 204: { description: 'Deleted' } },
    errors: ['NOT_FOUND'],
  }),
} as const;
