/** Checks a value against a JSON Schema 2020-12 without making code from texts: it works under any Content-Security-Policy. */
import type { OutputUnit } from '@cfworker/json-schema';
import type { SchemaCheck, SchemaFault } from '@imageflow/core';
import { follow, openDocument, type SchemaDocument, type Trail } from './document.ts';
import { at, copyJson, has, isFields, step, stepsOf } from './json.ts';
import { describeFault } from './texts.ts';

/**
 * Returns every fault with its place; unknown keywords (x-label-ja) are annotations. On a server `@imageflow/schema/compiled` says the same faster.
 * @throws AppError VALIDATION_ERROR when the schema itself is not valid.
 */
export const checkJsonSchema: SchemaCheck = (schema, value) => {
  const document = openDocument(schema);
  const units = document.judge(document.root, copyJson(value));
  const found = units.flatMap((unit, i) => toFindings(document, unit, units[i - 1], value));
  return distinct(found.filter((finding) => !isBesideItsOwnFault(finding, found))).map(({ fault }) => fault);
};

interface Finding {
  readonly fault: SchemaFault;
  /** Says that nobody knows the property; the interpreter says it also of a known one that has a fault. */
  readonly isStranger: boolean;
}

/** Only say that something below them failed, which is reported itself. */
const containers = new Set([
  ...['$ref', 'allOf', 'if', 'items', 'prefixItems', 'unevaluatedItems', 'properties', 'patternProperties', 'dependentSchemas'],
  ...['additionalProperties', 'unevaluatedProperties'],
]);

function toFindings(document: SchemaDocument, unit: OutputUnit, before: OutputUnit | undefined, value: unknown): readonly Finding[] {
  if (containers.has(unit.keyword)) return [];
  const steps = stepsOf(unit.instanceLocation).map(decodeURI);
  if (unit.keyword === 'false') return [forbidden(document, steps, before, value)];
  const trail = follow(document, unit.keywordLocation);
  if (trail === undefined || isAside(trail, steps)) return [];
  const isOfName = trail.hops.some((hop) => hop.keyword === 'propertyNames');
  const place = isOfName ? steps.slice(0, -1) : steps;
  return missing(trail, at(value, place)).map((name) => toFinding(unit.keyword, trail, place, name, value));
}

/** A fault below `contains` is why an item does not count; one below `additionalProperties` may be of a property that has a schema of its own. */
function isAside({ hops }: Trail, steps: readonly string[]): boolean {
  return hops.some(({ keyword, owner, depth }) => {
    if (keyword === 'contains') return true;
    if (keyword !== 'additionalProperties' && keyword !== 'unevaluatedProperties') return false;
    const name = steps[depth] ?? '';
    const patterns = isFields(owner.patternProperties) ? Object.keys(owner.patternProperties) : [];
    return (isFields(owner.properties) && has(owner.properties, name)) || patterns.some((pattern) => new RegExp(pattern, 'u').test(name));
  });
}

/** The schema `false`: the unit before it tells whose. */
function forbidden(document: SchemaDocument, steps: readonly string[], before: OutputUnit | undefined, value: unknown): Finding {
  const isStranger = before?.keyword === 'additionalProperties' || before?.keyword === 'unevaluatedProperties';
  const trail = before === undefined ? undefined : follow(document, before.keywordLocation);
  if (isStranger && trail !== undefined) return toFinding(trail.keyword, trail, steps.slice(0, -1), steps.at(-1), value);
  const keyword = before?.keyword === 'unevaluatedItems' ? before.keyword : 'false schema';
  return { fault: { path: toPath(steps), message: describeFault(keyword, {}), value: at(value, steps) }, isStranger: false };
}

/** The properties that a fault is about when it is not the checked value itself; [undefined] when it is. */
function missing({ keyword, owner }: Trail, value: unknown): readonly (string | undefined)[] {
  const given = isFields(value) ? value : {};
  if (keyword === 'required') return absent(owner.required, given);
  // Spelt so in the interpreter's paths.
  if (keyword !== 'dependantRequired' || !isFields(owner.dependentRequired)) return [undefined];
  return Object.entries(owner.dependentRequired).flatMap(([name, wanted]) => (has(given, name) ? absent(wanted, given) : []));
}

function absent(wanted: unknown, given: Readonly<Record<string, unknown>>): readonly string[] {
  return Array.isArray(wanted) ? wanted.map(String).filter((name) => !has(given, name)) : [];
}

function toFinding(keyword: string, trail: Trail, steps: readonly string[], name: string | undefined, value: unknown): Finding {
  const path = toPath(name === undefined ? steps : [...steps, name]);
  return {
    fault: { path, message: describeFault(keyword, trail.owner), value: name === undefined ? at(value, steps) : undefined },
    isStranger: keyword === 'additionalProperties' || keyword === 'unevaluatedProperties',
  };
}

function toPath(steps: readonly string[]): string {
  return steps.map((name) => `/${step(name)}`).join('');
}

function isBesideItsOwnFault({ fault, isStranger }: Finding, found: readonly Finding[]): boolean {
  const isBelow = (path: string) => path === fault.path || path.startsWith(`${fault.path}/`);
  return isStranger && found.some((other) => !other.isStranger && isBelow(other.fault.path));
}

function distinct(found: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return found.filter(({ fault }) => {
    const key = JSON.stringify([fault.path, fault.message.en]);
    return !seen.has(key) && seen.add(key);
  });
}
