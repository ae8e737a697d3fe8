/** What the generated documents leave out. */
import type { ZodOpenApiOverride } from 'zod-openapi';

/**
 * Leaves out what says nothing to a reader: patterns that repeat a format, the bounds of JavaScript's integers. And answers may gain
 * members: who validates them must not break.
 */
export const withoutNoise: ZodOpenApiOverride = ({ jsonSchema, io }) => {
  if (jsonSchema.format === 'uuid' || jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
};

/** The library closes a reference that has a description of its own, which then allows no member at all. */
export function withoutClosedReferences(_key: string, value: unknown): unknown {
  if (!isRecord(value) || value.$ref === undefined) return value;
  const { additionalProperties: _closed, ...open } = value;
  return open;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
