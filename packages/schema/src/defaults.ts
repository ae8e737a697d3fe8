/** Fills in the defaults that a schema names. */
import type { JsonSchema } from '@imageflow/core';
import { applicableParts, schemasOfItem, schemasOfProperty } from './applicable.ts';
import { openDocument, type SchemaDocument, type Subschema } from './document.ts';
import { copyJson, type Fields, has, isFields } from './json.ts';

/**
 * Returns a deep copy of `value` with the schema's defaults where a property is absent, also those of the branch of a condition that holds.
 * Alternatives (`anyOf`, `oneOf`) fill nothing in: which of them is meant is not known. Does not check.
 * @throws AppError VALIDATION_ERROR when the schema itself is not valid.
 */
export function fillDefaults(schema: JsonSchema, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const document = openDocument(schema);
  return fill(document, [document.root], value, 0) as Record<string, unknown>;
}

/** A schema that names itself would nest defaults for ever. */
const maxDepth = 32;

function fill(document: SchemaDocument, schemas: readonly Subschema[], value: unknown, depth: number): unknown {
  if (depth > maxDepth) return plain(value);
  if (Array.isArray(value)) {
    const parts = applicableParts(document, schemas, value, { hasAlternatives: false });
    return value.map((item, index) => fill(document, schemasOfItem(parts, index), item, depth + 1));
  }
  return isFields(value) ? fillFields(document, schemas, value, depth) : value;
}

function fillFields(document: SchemaDocument, schemas: readonly Subschema[], value: Fields, depth: number): Fields {
  const filled = Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined));
  const present = () => applicableParts(document, schemas, filled, { hasAlternatives: false });
  let parts = present();
  // One part at a time: what it fills in may decide a condition, and by it which part is next.
  for (let part = parts.find((one) => absentIn(one, filled).length > 0); part !== undefined; part = findNext()) {
    for (const [name, fallback] of absentIn(part, filled)) define(filled, name, plain(fallback));
  }
  function findNext(): Fields | undefined {
    parts = present();
    return parts.find((one) => absentIn(one, filled).length > 0);
  }
  for (const [name, given] of Object.entries(filled))
    define(filled, name, fill(document, schemasOfProperty(parts, name), given, depth + 1));
  return filled;
}

function absentIn(part: Fields, value: Fields): readonly (readonly [string, unknown])[] {
  if (!isFields(part.properties)) return [];
  return Object.entries(part.properties).flatMap(([name, schema]) =>
    isFields(schema) && schema.default !== undefined && !has(value, name) ? [[name, schema.default] as const] : [],
  );
}

/** Sets a property also when it is called `__proto__`. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

/** A copy with the usual prototype, as callers know objects. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(copyJson(value) as Fields).map(([name, part]) => [name, plain(part)]));
}
