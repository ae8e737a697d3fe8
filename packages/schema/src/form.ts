/** From a JSON Schema and the values of now to the fields of a form. */
import type { JsonSchema } from '@imageflow/core';
import { applicableParts, schemasOfItem, schemasOfProperty } from './applicable.ts';
import { fillDefaults } from './defaults.ts';
import { openDocument, type SchemaDocument, type Subschema } from './document.ts';
import type { Field, FieldCommon, Form } from './field.ts';
import { type Fields, isFields, step } from './json.ts';
import { choicesOf, descriptionOf, labelOf, textOf } from './labels.ts';
import { first, highest, intersection, lowest } from './merge.ts';

/**
 * Returns the fields that hold for these values: conditions (`if`, `then`, `dependentSchemas`) are decided with defaults filled in, so the
 * form is made anew when a value changes.
 * @throws AppError VALIDATION_ERROR when the schema itself is not valid.
 */
export function createForm(schema: JsonSchema, values: Readonly<Record<string, unknown>>): Form {
  const document = openDocument(schema);
  const filled = fillDefaults(schema, values);
  const parts = partsFor(document, [document.root], filled);
  return {
    label: labelOf(parts) ?? { ja: '', en: '' },
    description: descriptionOf(parts),
    fields: fieldsOf(document, parts, filled, '', 0),
    isOpen: isOpen(parts),
  };
}

/** A schema that names itself is shown as JSON from here on. */
const maxDepth = 8;

function partsFor(document: SchemaDocument, schemas: readonly Subschema[], value: unknown): readonly Fields[] {
  return applicableParts(document, schemas, value, { hasAlternatives: true });
}

function fieldsOf(document: SchemaDocument, parts: readonly Fields[], values: unknown, path: string, depth: number): readonly Field[] {
  const names = new Set(parts.flatMap((part) => (isFields(part.properties) ? Object.keys(part.properties) : [])));
  const required = new Set(parts.flatMap((part) => (Array.isArray(part.required) ? part.required : [])));
  return [...names].flatMap((name) => {
    const schemas = schemasOfProperty(parts, name);
    // The schema `false` takes a property away.
    if (schemas.includes(false)) return [];
    const value = isFields(values) && Object.hasOwn(values, name) ? values[name] : undefined;
    return [toField(document, schemas, value, { name, path: `${path}/${step(name)}`, isRequired: required.has(name), depth })];
  });
}

interface Place {
  readonly name: string;
  readonly path: string;
  readonly isRequired: boolean;
  readonly depth: number;
}

function toField(document: SchemaDocument, schemas: readonly Subschema[], value: unknown, place: Place): Field {
  const parts = partsFor(document, schemas, value);
  const types = typesOf(parts);
  const common: FieldCommon = {
    name: place.name,
    path: place.path,
    label: labelOf(parts) ?? { ja: place.name, en: place.name },
    description: descriptionOf(parts),
    isRequired: place.isRequired,
    mayBeNull: mayBeNull(parts, types),
    default: first(parts, 'default'),
    unit: textOf(parts, 'x-unit'),
    optionsFrom: textOf(parts, 'x-options'),
  };
  const choices = choicesOf(parts);
  if (choices !== undefined) return { ...common, kind: 'choice', choices };
  const [type, ...others] = types?.filter((one) => one !== 'null') ?? kindsBySign(parts);
  if (type === undefined || others.length > 0) return { ...common, kind: 'json' };
  return toTypedField(document, parts, type, value, common, place.depth);
}

function toTypedField(
  document: SchemaDocument,
  parts: readonly Fields[],
  type: string,
  value: unknown,
  common: FieldCommon,
  depth: number,
): Field {
  switch (type) {
    case 'boolean':
      return { ...common, kind: 'switch' };
    case 'number':
    case 'integer':
      return { ...common, kind: 'number', ...rangeOf(parts, type === 'integer') };
    case 'string':
      return {
        ...common,
        kind: 'text',
        minLength: highest(parts, 'minLength'),
        maxLength: lowest(parts, 'maxLength'),
        pattern: textOf(parts, 'pattern'),
        format: textOf(parts, 'format'),
      };
    case 'array':
      return depth < maxDepth ? toList(document, parts, value, common, depth) : { ...common, kind: 'json' };
    default: {
      const fields = depth < maxDepth ? fieldsOf(document, parts, value, common.path, depth + 1) : [];
      // A table of names that the user gives: no field could be named.
      if (fields.length === 0 && isOpen(parts)) return { ...common, kind: 'json' };
      return { ...common, kind: 'group', fields, isOpen: isOpen(parts) };
    }
  }
}

function toList(document: SchemaDocument, parts: readonly Fields[], value: unknown, common: FieldCommon, depth: number): Field {
  const given: readonly unknown[] = Array.isArray(value) ? value : [];
  const itemAt = (index: number) =>
    toField(document, schemasOfItem(parts, index), given[index], {
      name: String(index),
      path: `${common.path}/${index}`,
      isRequired: true,
      depth: depth + 1,
    });
  return {
    ...common,
    kind: 'list',
    minItems: highest(parts, 'minItems'),
    maxItems: lowest(parts, 'maxItems'),
    items: given.map((_, index) => itemAt(index)),
    next: itemAt(given.length),
  };
}

function rangeOf(parts: readonly Fields[], isInteger: boolean) {
  const [minimum, above] = [highest(parts, 'minimum'), highest(parts, 'exclusiveMinimum')];
  const [maximum, below] = [lowest(parts, 'maximum'), lowest(parts, 'exclusiveMaximum')];
  const isMinimumExcluded = above !== undefined && above >= (minimum ?? -Infinity);
  const isMaximumExcluded = below !== undefined && below <= (maximum ?? Infinity);
  return {
    isInteger,
    minimum: isMinimumExcluded ? above : minimum,
    maximum: isMaximumExcluded ? below : maximum,
    isMinimumExcluded,
    isMaximumExcluded,
    step: highest(parts, 'multipleOf') ?? (isInteger ? 1 : undefined),
  };
}

function typesOf(parts: readonly Fields[]): readonly string[] | undefined {
  const named = parts.flatMap(({ type }) => (type === undefined ? [] : [Array.isArray(type) ? type.map(String) : [String(type)]]));
  const all = named.length === 0 ? undefined : intersection(named);
  // Every integer is a number.
  return all !== undefined && all.length === 0 && named.every((types) => types.includes('integer') || types.includes('number'))
    ? ['integer']
    : all;
}

/** A schema without a type whose keywords speak of one. */
function kindsBySign(parts: readonly Fields[]): readonly string[] {
  if (parts.some((part) => part.properties !== undefined)) return ['object'];
  return parts.some((part) => part.items !== undefined) ? ['array'] : [];
}

function mayBeNull(parts: readonly Fields[], types: readonly string[] | undefined): boolean {
  if (types?.includes('null') === true) return true;
  return parts.some(({ anyOf, oneOf }) =>
    [anyOf, oneOf].some((list) => Array.isArray(list) && list.some((one) => isFields(one) && one.type === 'null')),
  );
}

function isOpen(parts: readonly Fields[]): boolean {
  return !parts.some((part) => part.additionalProperties === false || part.unevaluatedProperties === false);
}
