import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { allRoutes, tags } from '../list.ts';
import { createOpenApi } from './openapi.ts';

interface Media {
  readonly schema?: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Answer {
  readonly $ref?: string;
  readonly description: string;
  readonly content?: Readonly<Record<string, Media>>;
}
interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Answer>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>>; readonly responses: Readonly<Record<string, Answer>> };
}

const raw = createOpenApi('1.0.0');
const document = raw as unknown as Document;
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

test('the document follows OpenAPI 3.1', async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone(raw))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

test('every route is in it once', () => {
  const ids = operations.map((operation) => operation.operationId);
  expect(ids.toSorted()).toEqual(allRoutes.map((route) => route.operationId).toSorted());
  expect(new Set(ids).size).toBe(ids.length);
});

test.each(operations.map((operation) => [operation.operationId, operation] as const))(
  '%s says what it does in both languages',
  (id, operation) => {
    const japanese = allRoutes.find((route) => route.operationId === id)?.summary.ja ?? '';
    expect(operation.summary.length).toBeGreaterThan(3);
    expect(japanese).toMatch(/[ぁ-ん]/);
    expect(operation.description).toContain(japanese);
    expect(operation.description).toMatch(/Roles: |No sign-in needed/);
    expect(tags).toHaveProperty([operation.tags[0] ?? '']);
  },
);

describe('examples', () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addFormat('binary', true);
  ajv.addSchema({ $id: 'document', ...raw });
  const answers = [
    ...operations.flatMap((operation) => Object.values(operation.responses)),
    ...Object.values(document.components.responses),
  ];
  const bodies = [...operations.map((operation) => operation.requestBody?.content), ...answers.map((answer) => answer.content)]
    .flatMap((content) => Object.entries(content ?? {}))
    .filter(([type]) => type.endsWith('json'))
    .map(([, media]) => media);

  test('are with every JSON body', () => {
    expect(bodies.length).toBeGreaterThan(50);
    for (const media of bodies) expect(media.example ?? media.examples).toBeDefined();
  });

  test('follow their schemas', () => {
    for (const media of bodies) {
      const validate = ajv.compile(absolute(media.schema ?? {}));
      const values = media.examples === undefined ? [media.example] : Object.values(media.examples).map((example) => example.value);
      for (const value of values) expect([validate(value), validate.errors, value]).toEqual([true, null, value]);
    }
  });
});

/** "#/…" within a part of the document means the whole document. */
function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document#/'));
}

test('every operation that can be refused says so with a problem document', () => {
  for (const operation of operations) {
    const failures = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
    expect(failures.map(([status]) => status)).toContain('500');
    for (const [, answer] of failures) {
      const content =
        answer.$ref === undefined ? answer.content : document.components.responses[answer.$ref.split('/').at(-1) ?? '']?.content;
      expect(Object.keys(content ?? {})).toEqual([
        operation.operationId === 'getHealth' && answer.content ? 'application/json' : 'application/problem+json',
      ]);
    }
  }
});
