/** Which parts of a schema hold for a value: references followed, conditions decided. */
import type { SchemaDocument, Subschema } from './document.ts';
import { copyJson, type Fields, has, isFields } from './json.ts';

export interface ApplicableOptions {
  /** Also one branch of `anyOf` and `oneOf`: the first that the value fits, else the first that is more than null. */
  readonly hasAlternatives: boolean;
}

/** Returns the parts in the order in which they are written, what holds in any case before what a condition adds. Boolean schemas have none. */
export function applicableParts(
  document: SchemaDocument,
  schemas: readonly Subschema[],
  value: unknown,
  options: ApplicableOptions,
): readonly Fields[] {
  const parts = new Set<Fields>();
  const conditional: (() => void)[] = [];
  const json = copyJson(value);
  const isValid = (schema: Subschema) => json !== undefined && document.isValid(schema, json);

  const visit = (schema: unknown): void => {
    // A schema that is met again adds nothing: references may go in circles.
    if (!isFields(schema) || parts.has(schema)) return;
    parts.add(schema);
    visit(document.target(schema));
    for (const part of listOf(schema.allOf)) visit(part);
    conditional.push(() => visitConditional(schema));
  };
  const visitConditional = (schema: Fields): void => {
    if (schema.if !== undefined) visit(isValid(schema.if as Subschema) ? schema.then : schema.else);
    if (isFields(schema.dependentSchemas) && isFields(value))
      for (const [name, part] of Object.entries(schema.dependentSchemas)) if (has(value, name)) visit(part);
    if (options.hasAlternatives) for (const branches of [listOf(schema.anyOf), listOf(schema.oneOf)]) visit(choose(branches, isValid));
  };

  for (const schema of schemas) visit(schema);
  for (let next = conditional.shift(); next !== undefined; next = conditional.shift()) next();
  return [...parts];
}

function choose(branches: readonly Subschema[], isValid: (schema: Subschema) => boolean): Subschema | undefined {
  if (areConstants(branches)) return undefined;
  return branches.find(isValid) ?? branches.find((branch) => isFields(branch) && branch.type !== 'null');
}

/** Alternatives that are one value each: the labelled form of `enum`. */
export function areConstants(branches: unknown): branches is readonly Fields[] {
  return Array.isArray(branches) && branches.length > 0 && branches.every((branch) => isFields(branch) && branch.const !== undefined);
}

function listOf(value: unknown): readonly Subschema[] {
  return Array.isArray(value) ? value : [];
}

/** The schemas of one property in all the parts. */
export function schemasOfProperty(parts: readonly Fields[], name: string): readonly Subschema[] {
  return parts.flatMap((part) => {
    const own = isFields(part.properties) && has(part.properties, name) ? [part.properties[name] as Subschema] : [];
    const patterns = isFields(part.patternProperties) ? Object.entries(part.patternProperties) : [];
    const matching = patterns.filter(([pattern]) => new RegExp(pattern, 'u').test(name)).map(([, schema]) => schema as Subschema);
    const found = [...own, ...matching];
    return found.length > 0 || part.additionalProperties === undefined ? found : [part.additionalProperties as Subschema];
  });
}

/** The schemas of the item at an index in all the parts. */
export function schemasOfItem(parts: readonly Fields[], index: number): readonly Subschema[] {
  return parts.flatMap((part) => {
    const first = Array.isArray(part.prefixItems) ? (part.prefixItems as readonly Subschema[]) : [];
    const own = first[index] ?? (part.items as Subschema | undefined);
    return own === undefined ? [] : [own];
  });
}
