/** The OpenAPI 3.1 document, made of the routes that the server registers. */
import { permissions } from '@imageflow/core';
import type { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiMediaTypeObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import type { Route, RouteResponse } from '../define.ts';
import { allRoutes, tags } from '../list.ts';
import { errorResponses, type SharedResponses } from './errors.ts';
import { exampleOf, type JsonSchema } from './examples.ts';
import { isRecord, withoutClosedReferences, withoutNoise } from './noise.ts';

const about = `\
画像パイプラインの実行と外観検査のための API です。/api/v1 と /v1 は同じものを指します。
エラーはすべて RFC 9457 の problem document で、文章は Accept-Language に従います（既定は日本語）。
一覧は \`limit\` と \`cursor\` でページを送ります。

The API of a platform for image pipelines and visual inspection. /api/v1 and /v1 are the same.
Every error is an RFC 9457 problem document; its texts follow Accept-Language, Japanese when absent.
Lists are paged by \`limit\` and \`cursor\`; \`Link: rel="next"\` names the next page.
Every answer carries \`traceparent\`; a caller's own trace is continued.

WebSockets and topics: /api/v1/asyncapi.json. Probes and metrics: /livez, /readyz, /metrics. Keys that verify tokens: /.well-known/jwks.json.`;

/** A new object each time. */
export function createOpenApi(version: string): Record<string, unknown> {
  const document = createDocument(
    {
      openapi: '3.1.1',
      info: { title: 'ImageFlowCanvas', version, description: about, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [
        { url: '/api/v1', description: 'This server' },
        { url: 'https://api.imageflowcanvas.com/v1', description: 'The public address' },
      ],
      tags: Object.entries(tags).map(([name, { ja, en }]) => ({ name, description: `${ja}\n\n${en}` })),
      security: [{ bearer: [] }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access_token of POST /auth/login' },
        },
      },
      paths: pathsOf(allRoutes),
    },
    { override: withoutNoise },
  );
  const plain: Record<string, unknown> = JSON.parse(JSON.stringify(document), withoutClosedReferences);
  addExamples(plain, plain);
  return plain;
}

function pathsOf(routes: readonly Route[]): ZodOpenApiPathsObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  const shared: SharedResponses = new Map();
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, shared) };
  return paths;
}

function operationOf(route: Route, shared: SharedResponses): ZodOpenApiOperationObject {
  const { params, query, headers } = route;
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary.en,
    description: describe(route),
    ...(route.action === 'public' && { security: [] }),
    requestParams: { ...(params && { path: params }), ...(query && { query }), ...(headers && { header: headers }) },
    ...(route.body && { requestBody: { required: true, content: bodyOf(route.body) } }),
    responses: {
      ...Object.fromEntries(Object.entries(route.responses).map(([status, answer]) => [status, answerOf(answer)])),
      ...errorResponses(route, shared),
    },
  };
}

function describe(route: Route): string {
  const who = route.action === 'public' ? 'No sign-in needed.' : `Roles: ${permissions[route.action].join(', ')}.`;
  return [route.summary.ja, route.description, who].join('\n\n');
}

function bodyOf(body: NonNullable<Route['body']>): Record<string, ZodOpenApiMediaTypeObject> {
  return { [body.kind === 'json' ? 'application/json' : 'multipart/form-data']: { schema: body.schema } };
}

function answerOf(answer: RouteResponse): ZodOpenApiResponseObject {
  const headers = Object.entries(answer.headers ?? {}).map(
    ([name, description]) => [name, { description, schema: { type: 'string' } }] as const,
  );
  const schema: z.ZodType | { type: 'string'; format: 'binary' } = answer.schema ?? { type: 'string', format: 'binary' };
  const types = answer.contentTypes ?? (answer.schema === undefined ? [] : ['application/json']);
  return {
    description: answer.description,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...(types.length > 0 && { content: Object.fromEntries(types.map((type) => [type, { schema }])) }),
  };
}

/** Gives every JSON body without examples one. */
function addExamples(node: unknown, document: Record<string, unknown>): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [type, media] of Object.entries('content' in node && isRecord(node.content) ? node.content : {})) {
    if (type !== 'application/json' || !isRecord(media) || 'examples' in media || !isRecord(media.schema)) continue;
    media.example = exampleOf(media.schema, (reference) => lookUp(document, reference));
  }
  for (const child of Object.values(node)) addExamples(child, document);
}

/** What "#/components/schemas/File" names. */
function lookUp(document: Record<string, unknown>, reference: string): JsonSchema {
  let found: unknown = document;
  for (const part of reference.split('/').slice(1)) found = isRecord(found) ? found[part] : undefined;
  if (!isRecord(found)) throw new Error(`the document has no ${reference}`);
  return found;
}
