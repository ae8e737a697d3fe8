/** JSON Schema as a function: what the core's `SchemaCheck` asks for, and defaults filled in. */
import type { JsonSchema, LocalizedText, SchemaCheck, SchemaFault } from '@imageflow/core';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** Checks against a JSON Schema 2020-12; unknown keywords (x-label-ja) are annotations. Throws when the schema itself is not valid. */
export const checkJsonSchema: SchemaCheck = (schema, value) => {
  const validate = compiled(schema, checkers, checker);
  return validate(value) ? [] : (validate.errors ?? []).filter(isOwnFault).map((error) => toFault(error, value));
};

/** A deep copy of `value` with the schema's defaults where a property is absent. Does not check. */
export function fillDefaults(schema: JsonSchema, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const filled = structuredClone(value) as Record<string, unknown>;
  compiled(schema, fillers, filler)(filled);
  return filled;
}

const options = { allErrors: true, strict: false, verbose: true } as const;
const checker = withFormats(new Ajv2020(options));
const filler = withFormats(new Ajv2020({ ...options, useDefaults: true }));
const checkers = new WeakMap<JsonSchema, ValidateFunction>();
const fillers = new WeakMap<JsonSchema, ValidateFunction>();

function withFormats(ajv: Ajv2020): Ajv2020 {
  addFormats.default(ajv);
  return ajv;
}

function compiled(schema: JsonSchema, known: WeakMap<JsonSchema, ValidateFunction>, ajv: Ajv2020): ValidateFunction {
  let validate = known.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(schema);
    known.set(schema, validate);
    // Ajv keeps every schema it has seen; schemas of services that come and go would pile up.
    ajv.removeSchema(schema);
  }
  return validate;
}

/** "if" only says that one of its branches failed, which is reported itself. */
function isOwnFault(error: ErrorObject): boolean {
  return error.keyword !== 'if';
}

function toFault(error: ErrorObject, value: unknown): SchemaFault {
  const name = named(error);
  return {
    path: name === undefined ? error.instancePath : `${error.instancePath}/${name}`,
    message: describe(error),
    value: name === undefined ? (error.data ?? value) : undefined,
  };
}

/** The property a fault is about when it is not the checked value itself. */
function named(error: ErrorObject): string | undefined {
  const name: unknown = error.params.missingProperty ?? error.params.additionalProperty ?? error.params.unevaluatedProperty;
  return typeof name === 'string' ? name : undefined;
}

function describe(error: ErrorObject): LocalizedText {
  const limit = String(error.params.limit);
  switch (error.keyword) {
    case 'required':
      return { ja: '必須です', en: 'is required' };
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return { ja: `知られていない項目です${known(error, '。使える項目: ')}`, en: `is not known${known(error, '; known are ')}` };
    case 'type':
      return { ja: `型が違います。${typeJa(error.params.type)}が必要です`, en: `must be of type ${String(error.params.type)}` };
    case 'enum':
      return {
        ja: `次のどれかにしてください: ${list(error.params.allowedValues)}`,
        en: `must be one of ${list(error.params.allowedValues)}`,
      };
    case 'minimum':
      return { ja: `${limit} 以上にしてください`, en: `must be at least ${limit}` };
    case 'maximum':
      return { ja: `${limit} 以下にしてください`, en: `must be at most ${limit}` };
    case 'exclusiveMinimum':
      return { ja: `${limit} より大きくしてください`, en: `must be more than ${limit}` };
    case 'exclusiveMaximum':
      return { ja: `${limit} より小さくしてください`, en: `must be less than ${limit}` };
    case 'minLength':
    case 'minItems':
      return { ja: `${limit} 個以上必要です`, en: `needs at least ${limit} ${error.keyword === 'minItems' ? 'items' : 'characters'}` };
    case 'maxLength':
    case 'maxItems':
      return { ja: `${limit} 個までです`, en: `may have at most ${limit} ${error.keyword === 'maxItems' ? 'items' : 'characters'}` };
    default:
      return { ja: `条件を満たしません (${error.message ?? error.keyword})`, en: error.message ?? error.keyword };
  }
}

const typeNamesJa: Readonly<Record<string, string>> = {
  integer: '整数',
  number: '数値',
  boolean: '真偽値',
  string: '文字列',
  object: 'オブジェクト',
  array: '配列',
  null: 'null',
};

function typeJa(type: unknown): string {
  const names = Array.isArray(type) ? type : [type];
  return names.map((name) => typeNamesJa[String(name)] ?? String(name)).join('か');
}

function known(error: ErrorObject, lead: string): string {
  const properties: unknown = error.parentSchema?.properties;
  return typeof properties === 'object' && properties !== null ? `${lead}${Object.keys(properties).join(', ')}` : '';
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.join(', ') : String(values);
}
