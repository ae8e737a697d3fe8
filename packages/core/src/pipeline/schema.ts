/** What the core reads from a component's JSON Schema; checking values is the handed-in SchemaCheck's work. */
import type { JsonSchema, SchemaCheck, SchemaFault } from './component.ts';
import { isFields } from './read.ts';

export interface KnownParameters {
  readonly properties: ReadonlyMap<string, JsonSchema>;
  /** Further parameters are allowed. */
  readonly isOpen: boolean;
}

export function knownParameters(schema: JsonSchema): KnownParameters {
  const properties = isFields(schema.properties) ? Object.entries(schema.properties) : [];
  return {
    properties: new Map(properties.map(([name, property]) => [name, isFields(property) ? property : {}])),
    isOpen: schema.additionalProperties !== false && schema.unevaluatedProperties !== false,
  };
}

/** Schemas without their top-level `required`; kept so that a checker can recognise and compile each once. */
const partial = new WeakMap<JsonSchema, JsonSchema>();

/** Checks a step's defaults: what they leave out can still come with the execution. */
export function checkPartial(schema: JsonSchema, value: unknown, check: SchemaCheck): readonly SchemaFault[] {
  if (schema.required === undefined) return check(schema, value);
  let without = partial.get(schema);
  if (without === undefined) {
    const { required: _required, ...rest } = schema;
    without = rest;
    partial.set(schema, without);
  }
  return check(without, value);
}

/** Whether values of a type word (of an `input_schema`) can be given to a parameter. */
export function acceptsWord(property: JsonSchema, word: string): boolean {
  if (word === 'enum') return Array.isArray(property.enum) || property.const !== undefined || typesOf(property) === undefined;
  const types = typesOf(property);
  if (types === undefined) return true;
  return schemaTypes(word).some((type) => types.includes(type));
}

export function describeType(property: JsonSchema): string {
  if (Array.isArray(property.enum)) return `enum (${property.enum.join(', ')})`;
  return typesOf(property)?.join(' | ') ?? 'any';
}

/** An integer is a number too, so "integer" fits a number; "float" does not fit an integer. */
function schemaTypes(word: string): readonly string[] {
  switch (word) {
    case 'integer':
      return ['integer', 'number'];
    case 'float':
      return ['number'];
    case 'number':
      return ['number', 'integer'];
    default:
      return [word];
  }
}

function typesOf(property: JsonSchema): readonly string[] | undefined {
  const { type } = property;
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? type.map(String) : undefined;
}
