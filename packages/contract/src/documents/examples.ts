/** Examples of bodies, composed of the examples that their fields give: they cannot fall behind the schemas. */

/** The members of JSON Schema that the documents use. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly minimum?: number;
}

/** Finds what a "$ref" names. */
export type Resolve = (reference: string) => JsonSchema;

const byFormat: Readonly<Record<string, string>> = {
  uuid: '019928f4-6c1e-7a52-9d3b-2f0c8e5a4b17',
  'date-time': '2025-07-27T10:30:01.085Z',
  uri: 'https://plant.example/hooks/imageflow',
};

/** A value that the schema accepts: its own example, else one made of its parts. Where it may be null, it is not. */
export function exampleOf(schema: JsonSchema, resolve: Resolve): unknown {
  if (schema.$ref !== undefined) return exampleOf(resolve(schema.$ref), resolve);
  if (schema.examples?.[0] !== undefined) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum !== undefined) return schema.enum[0];
  const [choice] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  if (choice !== undefined) return exampleOf(choice, resolve);
  return exampleOfType(schema, resolve);
}

function exampleOfType(schema: JsonSchema, resolve: Resolve): unknown {
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.find((name) => name !== 'null');
  switch (type) {
    case 'object':
      return exampleOfObject(schema, resolve);
    case 'array':
      return schema.items === undefined ? [] : [exampleOf(schema.items, resolve)];
    case 'string':
      return byFormat[schema.format ?? ''] ?? 'string';
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 0, 0);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return {};
  }
}

function exampleOfObject(schema: JsonSchema, resolve: Resolve): Record<string, unknown> {
  const members = Object.entries(schema.properties ?? {});
  return Object.fromEntries(members.map(([name, member]) => [name, exampleOf(member, resolve)]));
}
