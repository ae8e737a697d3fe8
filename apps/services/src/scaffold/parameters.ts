/** Parameters of a call, checked by the component's own schema. */
import { AppError } from '@imageflow/core';
import { fillDefaults } from '@imageflow/schema';
import { checkJsonSchema } from '@imageflow/schema/compiled';
import type { ServiceComponent } from './component.ts';

export type Parameters = Readonly<Record<string, unknown>>;

/** Checked, defaults filled in. Throws VALIDATION_ERROR that names every faulty parameter. */
export function checkParameters(component: ServiceComponent, given: Parameters): Parameters {
  const schema = component.description.parameters_schema;
  const faults = checkJsonSchema(schema, given);
  if (faults.length === 0) return fillDefaults(schema, given);
  const named = faults.map((fault) => ({
    field: `parameters${fault.path.replaceAll('/', '.')}`,
    message: fault.message,
    value: fault.value,
  }));
  const line = (language: 'ja' | 'en') => named.map((fault) => `${fault.field} ${fault.message[language]}`).join('; ');
  throw new AppError('VALIDATION_ERROR', { detail: { ja: line('ja'), en: line('en') }, faults: named });
}

/** Throws VALIDATION_ERROR when the text is not a JSON object. */
export function parseParametersJson(text: string): Parameters {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Answered below, like any other text that is not an object.
  }
  const message = { ja: 'parameters_json は JSON オブジェクトにしてください', en: 'parameters_json must be a JSON object' };
  throw new AppError('VALIDATION_ERROR', { detail: message, faults: [{ field: 'parameters_json', message }] });
}

function isObject(value: unknown): value is Parameters {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
