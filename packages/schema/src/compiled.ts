/**
 * The check of `checkJsonSchema` as compiled code, for servers: Ajv makes a function of each schema (`new Function`), which a page's
 * Content-Security-Policy forbids. Both doors pass the suite in schema.contract.ts.
 */
import type { JsonSchema, SchemaCheck, SchemaFault } from '@imageflow/core';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { invalidSchema } from './document.ts';
import { isFields, step } from './json.ts';
import { describeFault } from './texts.ts';

/**
 * Returns every fault with its place; unknown keywords (x-label-ja) are annotations.
 * @throws AppError VALIDATION_ERROR when the schema itself is not valid.
 */
export const checkJsonSchema: SchemaCheck = (schema, value) => {
  const validate = compiled(schema);
  return validate(value) ? [] : (validate.errors ?? []).filter(isOwnFault).map((error) => toFault(error, value));
};

const ajv = /* @__PURE__ */ openAjv();
const compiledSchemas = new WeakMap<JsonSchema, ValidateFunction>();

function openAjv(): Ajv2020 {
  // logger: an unknown format is an annotation, no line on a server's console.
  const created = new Ajv2020({ allErrors: true, strict: false, verbose: true, ownProperties: true, logger: false });
  addFormats.default(created);
  return created;
}

function compiled(schema: JsonSchema): ValidateFunction {
  let validate = compiledSchemas.get(schema);
  if (validate === undefined) {
    validate = compile(schema);
    compiledSchemas.set(schema, validate);
  }
  return validate;
}

function compile(schema: JsonSchema): ValidateFunction {
  try {
    return ajv.compile(schema);
  } catch (cause) {
    throw invalidSchema(cause instanceof Error ? cause.message : String(cause), cause);
  } finally {
    // Ajv keeps every schema it has seen; schemas of services that come and go would pile up.
    ajv.removeSchema(schema);
  }
}

/** "if" only says that one of its branches failed, and a fault below `contains` why an item does not count; both are reported themselves. */
function isOwnFault(error: ErrorObject): boolean {
  return error.keyword !== 'if' && !error.schemaPath.includes('/contains/');
}

function toFault(error: ErrorObject, value: unknown): SchemaFault {
  const name = named(error);
  return {
    path: name === undefined ? error.instancePath : `${error.instancePath}/${step(name)}`,
    message: describeFault(error.keyword, isFields(error.parentSchema) ? error.parentSchema : {}),
    value: name === undefined ? faultyValue(error, value) : undefined,
  };
}

/** The value of a fault in a property's name is the object that has the property. */
function faultyValue(error: ErrorObject, value: unknown): unknown {
  return error.propertyName === undefined ? (error.data ?? value) : undefined;
}

/** The property a fault is about when it is not the checked value itself. */
function named(error: ErrorObject): string | undefined {
  const name: unknown = error.params.missingProperty ?? error.params.additionalProperty ?? error.params.unevaluatedProperty;
  return typeof name === 'string' ? name : undefined;
}
