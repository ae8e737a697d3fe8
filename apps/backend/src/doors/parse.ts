/** The parts of a request against the schemas of its route; all faults of all parts together. */
import type { Route } from '@imageflow/contract';
import { AppError, type ValidationFault } from '@imageflow/core';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { faultTexts } from './fault-texts.ts';

export interface ParsedParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: unknown;
  readonly body: unknown;
}

/** @throws AppError VALIDATION_ERROR; the field of a body's fault is its path, of other parts "query.limit", "header.if-match". */
export function parseParts(route: Route, request: FastifyRequest): ParsedParts {
  const faults: ValidationFault[] = [];
  const parts = {
    params: parsePart(route.params, request.params, 'path.', faults),
    query: parsePart(route.query, request.query, 'query.', faults),
    headers: parsePart(route.headers, request.headers, 'header.', faults),
    body: route.body?.kind === 'json' ? parsePart(route.body.schema, request.body, '', faults) : undefined,
  };
  if (faults.length > 0) throw new AppError('VALIDATION_ERROR', { detail: summary(faults), faults });
  return parts;
}

function parsePart(schema: z.ZodType | undefined, value: unknown, prefix: string, faults: ValidationFault[]): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value, { error: faultTexts.ja });
  if (result.success) return result.data;
  faults.push(...toFaults(schema, value, prefix, result.error));
  return undefined;
}

/** Parses a failing value again for the second language: only failures pay for it. */
function toFaults(schema: z.ZodType, value: unknown, prefix: string, japanese: z.ZodError): ValidationFault[] {
  const english = schema.safeParse(value, { error: faultTexts.en }).error?.issues ?? [];
  return japanese.issues.map((issue, index) => ({
    field: prefix + jsonPath(issue.path),
    message: { ja: issue.message, en: english[index]?.message ?? issue.message },
    value: isSecret(issue.path) ? undefined : shorten(valueAt(value, issue.path)),
  }));
}

/** ["steps", 1, "depends_on"] → "steps[1].depends_on"; "$" for the whole. */
function jsonPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '$';
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`)).join('');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    // Reading by a key the schema reported: the object's shape is unknown here.
    current = (current as Record<PropertyKey, unknown>)[part];
  }
  return current;
}

function isSecret(path: readonly PropertyKey[]): boolean {
  return path.some((part) => /password|token|secret|authorization/i.test(String(part)));
}

/** An answer shows scalars only, and no more than is needed to recognise them. */
function shorten(value: unknown): unknown {
  if (typeof value === 'string') return value.length > 200 ? `${value.slice(0, 200)}…` : value;
  return typeof value === 'object' ? undefined : value;
}

function summary(faults: readonly ValidationFault[]): { ja: string; en: string } {
  const [first] = faults;
  const rest = faults.length - 1;
  return {
    ja: `${first?.field}: ${first?.message.ja}${rest > 0 ? `（ほか ${rest} 件）` : ''}`,
    en: `${first?.field}: ${first?.message.en}${rest > 0 ? ` (and ${rest} more)` : ''}`,
  };
}
