/** FilterRequest.parameters is a map of texts ({"sigma": "2"}); the schemas say which of them are numbers. */
import type { JsonSchema } from '@imageflow/core';
import { filterByName } from './filters.ts';
import { applyQualityFilterSchema } from './schema.ts';

/** Quality limits stay at the top, everything else belongs to the filter; the schema judges unknown names and bad values. */
export function parseTextParameters(method: string, filterType: string, texts: Readonly<Record<string, string>>): Record<string, unknown> {
  const top: Record<string, unknown> = {};
  const own: Record<string, unknown> = {};
  const ownSchema = filterByName.get(filterType === '' ? 'none' : filterType)?.parametersSchema ?? {};
  for (const [name, text] of Object.entries(texts)) {
    const limit = method === 'ApplyQualityFilter' ? propertySchema(applyQualityFilterSchema, name) : undefined;
    if (limit !== undefined) top[name] = parseText(text, limit);
    else own[name] = parseText(text, propertySchema(ownSchema, name) ?? {});
  }
  return { ...top, parameters: own };
}

function propertySchema(schema: JsonSchema, name: string): JsonSchema | undefined {
  const properties: unknown = schema.properties;
  if (!isSchema(properties)) return undefined;
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
  return isSchema(property) ? property : undefined;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}

function parseText(text: string, schema: JsonSchema): unknown {
  const isNumber =
    schema.type === 'number' || schema.type === 'integer' || (Array.isArray(schema.enum) && typeof schema.enum[0] === 'number');
  if (isNumber) return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
  if (schema.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}
