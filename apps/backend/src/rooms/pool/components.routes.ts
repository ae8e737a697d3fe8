/** The components over REST: what validation, the canvas's palette and its forms are made from. */
import { createHash } from 'node:crypto';
import type { ServicePool } from '@imageflow/adapters/rpc';
import { componentRoutes } from '@imageflow/contract';
import { AppError, type Component } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import type { Language } from '../../doors/language.ts';
import { languageOf } from '../../doors/request-context.ts';
import { register } from '../../doors/rest.ts';

export interface ComponentRouteNeeds {
  readonly pool: Pick<ServicePool, 'catalogue' | 'availability'>;
}

export function registerComponentRoutes(app: FastifyInstance, { pool }: ComponentRouteNeeds): void {
  register(app, componentRoutes.listComponents, async ({ query, headers, request }) => {
    const items = [...pool.catalogue().values()]
      .filter((component) => query.service === undefined || component.service === query.service)
      .filter((component) => query.category === undefined || component.category === query.category)
      .filter((component) => query.streamable === undefined || String(component.streamable) === query.streamable)
      .sort((one, other) => (one.component_id < other.component_id ? -1 : 1))
      .map((component) => toWire(component, languageOf(request), pool));
    return answer({ items, next_cursor: null }, headers['if-none-match']);
  });
  register(app, componentRoutes.getComponent, async ({ params, headers, request }) => {
    const component = pool.catalogue().get(params.id) ?? unknownComponent(params.id, pool);
    return answer(toWire(component, languageOf(request), pool), headers['if-none-match']);
  });
}

function toWire(component: Component, language: Language, pool: ComponentRouteNeeds['pool']) {
  const { label, description, parameters_schema, ...rest } = component;
  return {
    ...rest,
    needs_stream: rest.needs_stream ?? false,
    label: label[language],
    description: description[language],
    labels: { ...label },
    descriptions: { ...description },
    parameters_schema: { ...parameters_schema },
    availability: pool.availability(component.service),
  };
}

/** Unchanged content is not sent again: canvases ask often, and the schemas are long. */
function answer<B extends object>(body: B, ifNoneMatch: string | undefined) {
  const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 22)}"`;
  const headers = { etag, vary: 'Accept-Language', 'cache-control': 'no-cache' };
  const known = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*') ? ({ status: 304, headers } as const) : ({ status: 200, headers, body } as const);
}

function unknownComponent(id: string, pool: ComponentRouteNeeds['pool']): never {
  const known = [...pool.catalogue().keys()].sort().join(', ') || '–';
  throw new AppError('NOT_FOUND', {
    detail: { ja: `コンポーネント ${id} はありません。あるのは ${known} です`, en: `There is no component ${id}; there are ${known}` },
  });
}
