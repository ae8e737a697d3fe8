/** What every check of JSON Schema promises; run by the interpreter and by the compiled one, so that a page and a server say the same. */
import { AppError, type JsonSchema, type SchemaCheck } from '@imageflow/core';
import { describe, expect, test } from 'vitest';

export function describeSchemaCheck(name: string, check: SchemaCheck): void {
  const faults = (schema: JsonSchema, value: unknown) =>
    check(schema, value)
      .map(({ path, message }) => `${path} ${message.en}`)
      .toSorted();

  describe(name, () => {
    test.each(rules)('%s', (_, schema, good, bad) => {
      for (const value of good) expect({ value, faults: faults(schema, value) }).toEqual({ value, faults: [] });
      for (const [value, ...wanted] of bad) expect({ value, faults: faults(schema, value) }).toEqual({ value, faults: wanted });
    });

    test('every fault is named in both languages, with the value', () => {
      const schema = {
        properties: { a: { type: ['integer', 'null'] }, b: { enum: ['x', 'y'] } },
        required: ['c'],
        additionalProperties: false,
      };
      expect(check(schema, { a: 'one', b: 'z', d: 1 }).toSorted((one, other) => one.path.localeCompare(other.path))).toEqual([
        { path: '/a', message: { ja: '型が違います。整数かnullが必要です', en: 'must be of type integer,null' }, value: 'one' },
        { path: '/b', message: { ja: '次のどれかにしてください: x, y', en: 'must be one of x, y' }, value: 'z' },
        { path: '/c', message: { ja: '必須です', en: 'is required' }, value: undefined },
        { path: '/d', message: { ja: '知られていない項目です。使える項目: a, b', en: 'is not known; known are a, b' }, value: undefined },
      ]);
    });

    test.each(brokenSchemas)('a schema that is none is refused: %j', (schema) => {
      expect(() => check(schema, {})).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }));
      expect(() => check(schema, {})).toThrow(AppError);
    });

    test('neither the schema nor the value is changed', () => {
      const schema = freeze({ $defs: { a: { default: 1 } }, properties: { a: { $ref: '#/$defs/a' } } });
      expect(check(schema, freeze({ a: { b: [1] } }))).toEqual([]);
    });
  });
}

type Rule = readonly [name: string, schema: JsonSchema, good: readonly unknown[], bad: readonly (readonly [unknown, ...string[]])[]];

const rules: readonly Rule[] = [
  [
    'types',
    { type: 'integer' },
    [1, 1.0, -3],
    [
      [1.5, ' must be of type integer'],
      ['1', ' must be of type integer'],
      [null, ' must be of type integer'],
    ],
  ],
  [
    'numbers',
    { minimum: 1, exclusiveMaximum: 3 },
    [1, 2.9, 'text'],
    [
      [0, ' must be at least 1'],
      [3, ' must be less than 3'],
    ],
  ],
  [
    'open limits',
    { exclusiveMinimum: 0, maximum: 1 },
    [0.1, 1],
    [
      [0, ' must be more than 0'],
      [2, ' must be at most 1'],
    ],
  ],
  ['multiples', { multipleOf: 5 }, [0, 15], [[7, ' must be a multiple of 5']]],
  [
    'lengths count characters, not code units',
    { minLength: 2, maxLength: 3 },
    ['ab', '🙂🙂🙂'],
    [
      ['🙂', ' needs at least 2 characters'],
      ['abcd', ' may have at most 3 characters'],
    ],
  ],
  ['patterns', { pattern: '^[a-z]+$' }, ['abc'], [['A', ' must match the pattern ^[a-z]+$']]],
  ['formats', { format: 'date-time' }, ['2026-11-28T10:00:00Z'], [['yesterday', ' must have the format date-time']]],
  ['formats nobody knows are annotations', { format: 'colour' }, ['red'], []],
  [
    'lists',
    { items: { type: 'string' }, minItems: 1, maxItems: 2, uniqueItems: true },
    [['a'], ['a', 'b']],
    [
      [[], ' needs at least 1 items'],
      [['a', 'b', 'c'], ' may have at most 2 items'],
      [['a', 'a'], ' may not have the same item twice'],
      [['a', 1], '/1 must be of type string'],
    ],
  ],
  ['tuples', { prefixItems: [{ type: 'string' }], items: false }, [['a'], []], [[[1], '/0 must be of type string']]],
  [
    'contained items',
    { contains: { type: 'number' } },
    [['a', 1]],
    [[['a'], ' has too few or too many items of the kind asked for (contains)']],
  ],
  [
    'nested places',
    { properties: { a: { items: { properties: { 'x/y ~': { type: 'boolean' } } } } } },
    [{ a: [{}] }],
    [[{ a: [{}, { 'x/y ~': 1 }] }, '/a/1/x~1y ~0 must be of type boolean']],
  ],
  [
    'required properties, each by name',
    { required: ['a', 'b', 'toString'] },
    [{ a: 1, b: null, toString: 1 }],
    [[{ b: 1 }, '/a is required', '/toString is required']],
  ],
  [
    'absent is absent',
    { required: ['a'], properties: { b: { type: 'string' } } },
    [{ a: 1, b: undefined }],
    [[{ a: undefined }, '/a is required']],
  ],
  ['dependent properties', { dependentRequired: { a: ['b', 'c'] } }, [{}, { a: 1, b: 1, c: 1 }], [[{ a: 1, b: 1 }, '/c is required']]],
  [
    'unknown properties beside known ones with faults',
    {
      properties: { a: { type: 'string' } },
      patternProperties: { '^x-': { type: 'number' } },
      additionalProperties: false,
    },
    [{ a: '', 'x-b': 1 }],
    [[{ a: 1, b: 2, 'x-c': '' }, '/a must be of type string', '/b is not known; known are a', '/x-c must be of type number']],
  ],
  [
    'further properties of one kind',
    { properties: { a: { minimum: 5 } }, additionalProperties: { type: 'string' } },
    [{ a: 9, b: '' }],
    [[{ a: 1, b: 2 }, '/a must be at least 5', '/b must be of type string']],
  ],
  [
    'unevaluated properties',
    { allOf: [{ properties: { a: { type: 'number' } } }], unevaluatedProperties: false },
    [{ a: 1 }],
    [[{ a: 1, b: 2 }, '/b is not known']],
  ],
  [
    'names of properties',
    { propertyNames: { pattern: '^[a-z]+$' } },
    [{ a: 1 }],
    [[{ A: 1 }, ' may not be the name of a property here', ' must match the pattern ^[a-z]+$']],
  ],
  [
    'numbers of properties',
    { minProperties: 1, maxProperties: 1 },
    [{ a: 1 }],
    [
      [{}, ' needs at least 1 properties'],
      [{ a: 1, b: 2 }, ' may have at most 1 properties'],
    ],
  ],
  ['constants', { const: { a: [1] } }, [{ a: [1] }], [[{ a: [2] }, ' must be {"a":[1]}']]],
  [
    'alternatives',
    { anyOf: [{ type: 'string' }, { type: 'null' }] },
    ['', null],
    [[1, ' fits none of the allowed forms', ' must be of type null', ' must be of type string']],
  ],
  ['exactly one', { oneOf: [{ minimum: 1 }, { minimum: 2 }] }, [1], [[3, ' must fit exactly one of the allowed forms']]],
  ['exclusions', { not: { const: 1 } }, [2], [[1, ' has a form that is not allowed']]],
  ['forbidden properties', { properties: { a: false } }, [{}], [[{ a: 1 }, '/a may not be given here; leave it out']]],
  [
    'conditions',
    {
      properties: { kind: { enum: ['a', 'b'] } },
      allOf: [
        {
          if: { properties: { kind: { const: 'a' } }, required: ['kind'] },
          // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
          then: { properties: { p: { properties: { s: { maximum: 3 } }, additionalProperties: false } } },
          else: { required: ['q'] },
        },
      ],
    },
    [
      { kind: 'a', p: { s: 3 } },
      { kind: 'b', q: 1 },
    ],
    [
      [{ kind: 'a', p: { s: 4, t: 1 } }, '/p/s must be at most 3', '/p/t is not known; known are s'],
      [{ kind: 'c' }, '/kind must be one of a, b', '/q is required'],
    ],
  ],
  [
    'references',
    {
      $defs: { point: { type: 'array', items: { $ref: '#/$defs/whole' }, maxItems: 2 }, whole: { type: 'integer' } },
      properties: { from: { $ref: '#/$defs/point' }, next: { $ref: '#' } },
    },
    [{ from: [1, 2], next: { from: [] } }],
    [
      [
        { from: [1.5, 2, 3], next: { from: 1 } },
        '/from may have at most 2 items',
        '/from/0 must be of type integer',
        '/next/from must be of type array',
      ],
    ],
  ],
  ['annotations of any name', { 'x-label-ja': '幅', unknown: 1, title: 'Width' }, [1, {}], []],
  [
    'names like those of prototypes',
    { properties: { constructor: { type: 'number' } }, additionalProperties: false },
    [{ constructor: 1 }, {}],
    [
      [
        JSON.parse('{"__proto__":1,"toString":2}'),
        '/__proto__ is not known; known are constructor',
        '/toString is not known; known are constructor',
      ],
    ],
  ],
];

const brokenSchemas: readonly JsonSchema[] = [
  { type: 'objekt' },
  { properties: { a: { minimum: '1' } } },
  { pattern: '(' },
  { required: 'a' },
  { $ref: '#/$defs/nowhere' },
  { allOf: [] },
  { properties: [] },
];

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(Object.freeze(value))) freeze(part);
  return value;
}
