/**
 * The meta-schema of JSON Schema 2020-12 in one document: the published one is eight, joined by `$dynamicRef`, of which a fixed dialect
 * needs nothing. https://json-schema.org/draft/2020-12/schema
 */
const sub = { $ref: '#' };
const subs = { type: 'array', minItems: 1, items: sub };
const named = { type: 'object', additionalProperties: sub };
const count = { type: 'integer', minimum: 0 };
const texts = { type: 'array', items: { type: 'string' }, uniqueItems: true };
const typeName = { enum: ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'] };
const anchor = { type: 'string', pattern: '^[A-Za-z_][-A-Za-z0-9._]*$' };

export const metaSchema = {
  type: ['object', 'boolean'],
  properties: {
    $id: { type: 'string', pattern: '^[^#]*#?$' },
    $schema: { type: 'string' },
    $ref: { type: 'string' },
    $anchor: anchor,
    $dynamicAnchor: anchor,
    $comment: { type: 'string' },
    $defs: named,
    definitions: named,

    prefixItems: subs,
    items: sub,
    contains: sub,
    additionalProperties: sub,
    properties: named,
    patternProperties: { ...named, propertyNames: { format: 'regex' } },
    dependentSchemas: named,
    propertyNames: sub,
    if: sub,
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: sub,
    else: sub,
    allOf: subs,
    anyOf: subs,
    oneOf: subs,
    not: sub,
    unevaluatedItems: sub,
    unevaluatedProperties: sub,

    type: { anyOf: [typeName, { type: 'array', items: typeName, minItems: 1, uniqueItems: true }] },
    enum: { type: 'array' },
    multipleOf: { type: 'number', exclusiveMinimum: 0 },
    maximum: { type: 'number' },
    exclusiveMaximum: { type: 'number' },
    minimum: { type: 'number' },
    exclusiveMinimum: { type: 'number' },
    maxLength: count,
    minLength: count,
    pattern: { type: 'string', format: 'regex' },
    maxItems: count,
    minItems: count,
    uniqueItems: { type: 'boolean' },
    maxContains: count,
    minContains: count,
    maxProperties: count,
    minProperties: count,
    required: texts,
    dependentRequired: { type: 'object', additionalProperties: texts },

    title: { type: 'string' },
    description: { type: 'string' },
    deprecated: { type: 'boolean' },
    readOnly: { type: 'boolean' },
    writeOnly: { type: 'boolean' },
    examples: { type: 'array' },
    format: { type: 'string' },
  },
};
