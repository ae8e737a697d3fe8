/** A JSON Schema that was found valid, opened for questions. It is interpreted: nothing here makes code from texts. */
import { dereference, type OutputUnit, type Schema, validate } from '@cfworker/json-schema';
import { AppError, type JsonSchema } from '@imageflow/core';
import { decideConstants } from './condition.ts';
import { at, type Fields, has, isFields, stepsOf } from './json.ts';
import { metaSchema } from './meta-schema.ts';

export type Subschema = Fields | boolean;

export interface SchemaDocument {
  readonly root: Subschema;
  /** Every fault of the value, containers ("a property has a fault") included; `value` is a copy by `copyJson`. */
  judge(schema: Subschema, value: unknown): readonly OutputUnit[];
  isValid(schema: Subschema, value: unknown): boolean;
  /** Returns what the schema's `$ref` names; undefined when it has none. */
  target(schema: Fields): Subschema | undefined;
}

const opened = new WeakMap<JsonSchema, SchemaDocument>();

/**
 * Opens a schema once and keeps it as long as the schema object itself lives.
 * @throws AppError VALIDATION_ERROR when it is not a valid JSON Schema 2020-12, or names a schema that is not in it.
 */
export function openDocument(schema: JsonSchema): SchemaDocument {
  let document = opened.get(schema);
  if (document === undefined) {
    document = open(schema);
    opened.set(schema, document);
  }
  return document;
}

function open(schema: JsonSchema): SchemaDocument {
  // Objects of the usual kind: in those without a prototype each look-up of a keyword takes several times as long.
  const root = JSON.parse(JSON.stringify(schema)) as Fields;
  const fault = judgeAll(metaSchema, metaLookup, root).find(
    (unit) => !/^(\$ref|properties|additionalProperties|items|anyOf)$/.test(unit.keyword),
  );
  if (fault !== undefined) throw invalidSchema(`${fault.instanceLocation}: ${fault.error}`);
  const lookup = lookUp(root);
  checkReferences(lookup);
  return {
    root,
    judge: (sub, value) => judgeAll(sub, lookup, value),
    isValid: (sub, value) =>
      (isFields(sub) ? decideConstants(sub, value) : undefined) ?? validate(value, sub as Schema, dialect, lookup, true).valid,
    target: (sub) => (typeof sub.$ref === 'string' ? lookup[String(sub.__absolute_ref__ ?? sub.$ref)] : undefined),
  };
}

const dialect = '2020-12';
type Lookup = Readonly<Record<string, Schema | boolean>>;

function judgeAll(schema: Subschema, lookup: Lookup, value: unknown): readonly OutputUnit[] {
  return validate(value, schema as Schema, dialect, lookup, false).errors;
}

const metaLookup: Lookup = /* @__PURE__ */ dereference(metaSchema as Schema);

function lookUp(root: Fields): Lookup {
  try {
    return dereference(root as Schema);
  } catch (cause) {
    throw invalidSchema(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** A reference that leads nowhere would be found only by a value that comes past it. */
function checkReferences(lookup: Lookup): void {
  for (const schema of Object.values(lookup)) {
    if (!isFields(schema)) continue;
    if (has(schema, '$dynamicRef')) throw invalidSchema('"$dynamicRef" is not supported; write "$ref"');
    if (schema.$ref !== undefined && lookup[schema.__absolute_ref__ ?? schema.$ref] === undefined)
      throw invalidSchema(`"$ref": "${schema.$ref}" names no schema in this document`);
  }
}

export function invalidSchema(reason: string, cause?: unknown): AppError {
  const detail = { ja: `JSON Schema 2020-12 として正しくありません: ${reason}`, en: `This is not a valid JSON Schema 2020-12: ${reason}` };
  return new AppError('VALIDATION_ERROR', { detail, cause });
}

/** Follows the interpreter's path of keywords ("#/properties/a/$ref/type") to the schema in which the last keyword stands. */
export interface Trail {
  readonly owner: Fields;
  readonly keyword: string;
  /** Keywords on the way that a fault below them is not about: see check.ts. */
  readonly hops: readonly Hop[];
}

export interface Hop {
  readonly keyword: string;
  readonly owner: Fields;
  /** How deep in the value the owner was applied. */
  readonly depth: number;
}

const byName = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs']);
const byNumber = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const deeper = new Set([
  'properties',
  'patternProperties',
  'additionalProperties',
  'unevaluatedProperties',
  'items',
  'prefixItems',
  'contains',
]);

export function follow(document: SchemaDocument, location: string): Trail | undefined {
  const words = stepsOf(location).map(decodeURI);
  const hops: Hop[] = [];
  let owner: unknown = document.root;
  let depth = 0;
  for (let i = 0; isFields(owner); i += 1) {
    const keyword = words[i];
    if (keyword === undefined) return undefined;
    if (i === words.length - 1) return { owner, keyword, hops };
    hops.push({ keyword, owner, depth });
    if (deeper.has(keyword)) depth += 1;
    const isMember = byName.has(keyword) || byNumber.has(keyword);
    const name = isMember ? words[++i] : undefined;
    owner = keyword === '$ref' ? document.target(owner) : at(owner, name === undefined ? [keyword] : [keyword, name]);
  }
  return undefined;
}
