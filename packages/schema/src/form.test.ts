import type { JsonSchema } from '@imageflow/core';
import { expect, test } from 'vitest';
import { checkJsonSchema } from './check.ts';
import { fillDefaults } from './defaults.ts';
import type { Field, ListField } from './field.ts';
import { createForm } from './form.ts';
import { labelled } from './labelled.ts';

const filter: JsonSchema = {
  type: 'object',
  title: 'Filter',
  'x-label-ja': 'フィルタ',
  properties: {
    kind: {
      enum: ['none', 'blur'],
      default: 'none',
      ...labelled(
        { en: 'Kind', ja: '種類' },
        { en: 'What to do', ja: '処理' },
        {
          choices: [
            { en: 'Nothing', ja: 'なし' },
            { en: 'Blur', ja: 'ぼかし' },
          ],
        },
      ),
    },
    parameters: { type: 'object', default: {}, title: 'Parameters' },
  },
  additionalProperties: false,
  allOf: [
    {
      if: { properties: { kind: { const: 'blur' } }, required: ['kind'] },
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      then: {
        properties: {
          parameters: {
            type: 'object',
            properties: {
              sigma: {
                type: 'number',
                minimum: 0.5,
                exclusiveMaximum: 50,
                multipleOf: 0.5,
                default: 2,
                ...labelled({ en: 'Sigma', ja: 'シグマ' }, { en: 'Width', ja: '幅' }, { unit: 'px' }),
              },
            },
            required: ['sigma'],
            additionalProperties: false,
          },
        },
      },
    },
  ],
};

const formOf = (schema: JsonSchema, values: Record<string, unknown> = {}) => createForm(schema, values);
const namesOf = (fields: readonly Field[]) => fields.map(({ name }) => name);

test('a form has the labels of both languages, of the values too, and the defaults, in the order of the schema', () => {
  const form = formOf(filter);
  expect(form).toMatchObject({ label: { en: 'Filter', ja: 'フィルタ' }, isOpen: false });
  expect(namesOf(form.fields)).toEqual(['kind', 'parameters']);
  expect(form.fields[0]).toMatchObject({
    kind: 'choice',
    path: '/kind',
    label: { en: 'Kind', ja: '種類' },
    description: { en: 'What to do', ja: '処理' },
    isRequired: false,
    default: 'none',
    choices: [
      { value: 'none', label: { en: 'Nothing', ja: 'なし' } },
      { value: 'blur', label: { en: 'Blur', ja: 'ぼかし' } },
    ],
  });
});

test('the fields of a condition are there while it holds', () => {
  expect(formOf(filter).fields[1]).toMatchObject({ kind: 'json', path: '/parameters', label: { en: 'Parameters', ja: 'Parameters' } });
  expect(formOf(filter, { kind: 'blur' }).fields[1]).toMatchObject({
    kind: 'group',
    isOpen: false,
    fields: [
      {
        ...{ kind: 'number', path: '/parameters/sigma', label: { en: 'Sigma', ja: 'シグマ' }, isRequired: true, default: 2, unit: 'px' },
        ...{ isInteger: false, minimum: 0.5, isMinimumExcluded: false, maximum: 50, isMaximumExcluded: true, step: 0.5 },
      },
    ],
  });
});

test('each type has its kind of field', () => {
  const schema = {
    $defs: { share: { type: 'number', minimum: 0, maximum: 1, title: 'A share' } },
    properties: {
      on: { type: 'boolean' },
      count: { type: ['integer', 'null'], minimum: 1 },
      name: { type: 'string', minLength: 1, maxLength: 9, pattern: '^[a-z]+$', 'x-options': 'models' },
      size: { enum: [3, 5] },
      mode: { oneOf: [{ const: 'a', title: 'First' }, { const: 'b' }] },
      share: { $ref: '#/$defs/share', title: 'Overlap', maximum: 0.5 },
      nullable: { anyOf: [{ type: 'number', maximum: 2 }, { type: 'null' }] },
      extra: {},
      table: { type: 'object', additionalProperties: { type: 'string' } },
      either: { type: ['string', 'number'] },
    },
    required: ['name'],
  };
  const fields = Object.fromEntries(formOf(schema).fields.map((field) => [field.name, field]));
  expect(fields).toMatchObject({
    on: { kind: 'switch', label: { en: 'on', ja: 'on' } },
    count: { kind: 'number', isInteger: true, step: 1, mayBeNull: true, minimum: 1, maximum: undefined },
    name: { kind: 'text', isRequired: true, minLength: 1, maxLength: 9, pattern: '^[a-z]+$', optionsFrom: 'models' },
    size: { kind: 'choice', choices: [{ value: 3, label: { en: '3' } }, { value: 5 }] },
    mode: {
      kind: 'choice',
      choices: [
        { value: 'a', label: { en: 'First' } },
        { value: 'b', label: { en: 'b' } },
      ],
    },
    share: { kind: 'number', label: { en: 'Overlap' }, minimum: 0, maximum: 0.5 },
    nullable: { kind: 'number', maximum: 2, mayBeNull: true },
    extra: { kind: 'json' },
    table: { kind: 'json' },
    either: { kind: 'json' },
  });
});

test('a list has a field for each item, decided by that item, and one for the next', () => {
  const schema = {
    properties: {
      areas: {
        type: 'array',
        minItems: 1,
        maxItems: 5,
        items: {
          properties: { kind: { enum: ['line', 'zone'], default: 'line' } },
          if: { properties: { kind: { const: 'zone' } } },
          // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
          then: { properties: { radius: { type: 'number' } } },
        },
      },
    },
  };
  const [areas] = formOf(schema, { areas: [{}, { kind: 'zone' }] }).fields as [ListField];
  expect(areas).toMatchObject({ kind: 'list', minItems: 1, maxItems: 5 });
  const fieldsOf = (field: Field | undefined) => (field?.kind === 'group' || field?.kind === 'list' ? field.path : field?.kind);
  expect(areas.items.map(fieldsOf)).toEqual(['/areas/0', '/areas/1']);
  expect(areas.items.map((item) => (item.kind === 'group' ? namesOf(item.fields) : []))).toEqual([['kind'], ['kind', 'radius']]);
  expect(areas.next).toMatchObject({ kind: 'group', path: '/areas/2' });
});

test('a schema that names itself ends as JSON', () => {
  const tree = { type: 'object', properties: { name: { type: 'string' }, child: { $ref: '#' } } };
  const deepest = (field: Field | undefined): Field | undefined => (field?.kind === 'group' ? deepest(field.fields[1]) : field);
  expect(deepest(formOf(tree).fields[1])).toMatchObject({ kind: 'json' });
});

test('defaults are filled in where nothing is given, also those of the branch that holds', () => {
  expect(fillDefaults(filter, {})).toEqual({ kind: 'none', parameters: {} });
  expect(fillDefaults(filter, { kind: 'blur' })).toEqual({ kind: 'blur', parameters: { sigma: 2 } });
  expect(fillDefaults(filter, { kind: 'blur', parameters: { sigma: 9 }, more: [1] })).toEqual({
    kind: 'blur',
    parameters: { sigma: 9 },
    more: [1],
  });
  expect(fillDefaults({ properties: { a: { items: { properties: { b: { default: [1] } } } } } }, { a: [{}, { b: 2 }] })).toEqual({
    a: [{ b: [1] }, { b: 2 }],
  });
});

test('a default decides conditions as a given value does', () => {
  const schema = {
    properties: { kind: { default: 'a' } },
    if: { properties: { kind: { const: 'a' } }, required: ['kind'] },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: { properties: { x: { default: 1 } } },
    else: { properties: { y: { default: 2 } } },
  };
  expect(fillDefaults(schema, {})).toEqual({ kind: 'a', x: 1 });
});

test('what was given and the schema stay as they are; a copy is returned', () => {
  const given = { a: { b: 1 } };
  const schema = { properties: { c: { default: { d: [1] } } } };
  const filled = fillDefaults(schema, given) as { a: { b: number }; c: { d: number[] } };
  filled.a.b = 2;
  filled.c.d.push(2);
  expect(given).toEqual({ a: { b: 1 } });
  expect(fillDefaults(schema, {})).toEqual({ c: { d: [1] } });
});

test.each([
  [{ properties: { k: { const: 'a' } } }, { k: 'a' }, true],
  [{ properties: { k: { const: 'a' } } }, { k: 'b' }, false],
  [{ properties: { k: { const: 'a' } } }, {}, true],
  [{ properties: { k: { const: 'a' } }, required: ['k'] }, {}, false],
  [{ properties: { k: { const: 'a' } }, required: ['k', 'l'] }, { k: 'a' }, false],
  [{ properties: { k: { const: null }, l: { const: 1 } } }, { k: null, l: 1 }, true],
  [{ properties: { k: { const: [1] } } }, { k: [1] }, true],
  [{ properties: { k: { const: 1, type: 'string' } } }, { k: 1 }, false],
  [{ properties: { k: { minimum: 2 } }, required: ['k'] }, { k: 3 }, true],
  [{ properties: { toString: { const: 1 } }, required: ['toString'] }, {}, false],
])('the condition %j of %j is %s, as the check says', (condition, value, holds) => {
  const schema = {
    if: condition,
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: { properties: { isThen: { default: true } } },
    else: { properties: { isThen: { default: false } } },
  };
  expect(fillDefaults(schema, value)).toMatchObject({ isThen: holds });
  expect(checkJsonSchema(condition, value).length === 0).toBe(holds);
});
