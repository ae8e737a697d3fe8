/** What steps are made of: everything the services offer. */
import { z } from 'zod';
import { defineRoute } from '../define.ts';
import { pageOf } from '../page.ts';

const text = z.object({ ja: z.string(), en: z.string() });

const component = z
  .object({
    component_id: z.string().meta({ description: '"<service>.<method>"', examples: ['ResizeService.Resize'] }),
    service: z.string(),
    method: z.string(),
    label: z.string().meta({ description: 'In the language asked for (Accept-Language)' }),
    description: z.string(),
    labels: text.meta({ description: 'In both languages' }),
    descriptions: text,
    category: z.enum(['geometry', 'detection', 'filter', 'quality', 'other']),
    parameters_schema: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema 2020-12 of the parameters' }),
    produces_image: z.boolean().meta({ description: 'False: the image passes through unchanged' }),
    produces_detections: z.boolean(),
    consumes_detections: z.boolean(),
    streamable: z.boolean().meta({ description: 'Fast and stateless enough for live video' }),
    needs_stream: z.boolean().meta({ description: 'Works on live video only: it knows the frames before' }),
    default_timeout_ms: z.int(),
    default_retry_count: z.int(),
    availability: z.enum(['available', 'busy', 'unavailable']).meta({ description: 'Whether an instance can run it now' }),
  })
  .meta({ id: 'Component' });

const tag = 'components';
const caching = { ETag: 'For If-None-Match', Vary: 'Accept-Language' };
const headers = z.object({ 'if-none-match': z.string().max(500).optional() });

export const componentRoutes = {
  listComponents: defineRoute({
    operationId: 'listComponents',
    method: 'GET',
    path: '/components',
    tag,
    summary: { ja: '利用できるコンポーネントの一覧を取得します。', en: 'List components' },
    description: 'All that services have described, also those that registered themselves. By id; always one page.',
    action: 'components:read',
    headers,
    query: z.object({
      service: z.string().min(1).max(100).optional(),
      category: z.enum(['geometry', 'detection', 'filter', 'quality', 'other']).optional(),
      streamable: z.enum(['true', 'false']).optional(),
    }),
    responses: {
      200: { description: 'The components', schema: pageOf(component), headers: caching },
      304: { description: 'Not changed', headers: caching },
    },
    errors: [],
  }),
  getComponent: defineRoute({
    operationId: 'getComponent',
    method: 'GET',
    path: '/components/{id}',
    tag,
    summary: { ja: 'コンポーネントとそのパラメータの JSON Schema を取得します。', en: 'Get a component' },
    description: 'With the JSON Schema of its parameters.',
    action: 'components:read',
    params: z.object({
      id: z
        .string()
        .min(1)
        .max(201)
        .meta({ examples: ['ResizeService.Resize'] }),
    }),
    headers,
    responses: {
      200: { description: 'The component', schema: component, headers: caching },
      304: { description: 'Not changed', headers: caching },
    },
    errors: ['NOT_FOUND'],
  }),
} as const;
