/** The parameters of an execution, spread over its steps. */
import type { ValidationFault } from '../errors.ts';
import type { Catalogue, Component, SchemaCheck } from './component.ts';
import type { OutputSettings, PipelineDefinition, StepDefinition } from './definition.ts';
import { readOutput } from './parse.ts';
import { createReader, isFields } from './read.ts';
import { knownParameters } from './schema.ts';

const outputName = 'output';

export type StepParameters = Readonly<Record<string, unknown>>;

export interface AssignedParameters {
  /** By step_id, the execution's over the step's defaults. */
  readonly bySteps: ReadonlyMap<string, StepParameters>;
  /** The pipeline's, with what the execution wants otherwise. */
  readonly output: OutputSettings;
  readonly faults: readonly ValidationFault[];
}

/**
 * An object under a step_id belongs to that step; "output" sets format and quality of what leaves the pipeline; every other key goes to each step whose component knows it. The step's own wins over the flat
 * one, both win over the defaults. Steps whose component is not known now are taken unchecked: their service checks again.
 */
export function assignParameters(
  definition: PipelineDefinition,
  given: StepParameters,
  catalogue: Catalogue,
  checkSchema: SchemaCheck,
): AssignedParameters {
  const { steps } = definition;
  const owners = new Map(steps.map((step) => [step.step_id, step]));
  const isOwned = (key: string): boolean => (owners.has(key) && isFields(given[key])) || (key === outputName && !owners.has(key));
  const reader = createReader();
  const output = owners.has(outputName) ? {} : readOutput(given, reader);
  const flat = Object.entries(given).filter(([key]) => !isOwned(key));
  const bySteps = new Map(
    steps.map((step) => {
      const own = given[step.step_id];
      const known = flat.filter(([key]) => knows(catalogue.get(componentOf(step)), key));
      return [step.step_id, { ...step.parameters, ...Object.fromEntries(known), ...(isFields(own) ? own : {}) }];
    }),
  );
  const unknown = flat.filter(([key]) => !steps.some((step) => knows(catalogue.get(componentOf(step)), key)));
  const hidden = steps.some((step) => !catalogue.has(componentOf(step)));
  return {
    bySteps,
    output: { ...definition.output, ...output },
    faults: [
      ...reader.faults.map((fault) => ({ ...fault, field: `parameters.${fault.field}` })),
      ...(hidden ? [] : unknown.map(([key, value]) => unknownKey(key, value, definition))),
      ...steps.flatMap((step) => checkStep(step, bySteps.get(step.step_id) ?? {}, catalogue, checkSchema)),
    ],
  };
}

function componentOf(step: StepDefinition): string {
  return `${step.service}.${step.method}`;
}

/** Only a declared parameter counts: a component that takes anything would swallow every misspelt name. */
function knows(component: Component | undefined, key: string): boolean {
  return component !== undefined && knownParameters(component.parameters_schema).properties.has(key);
}

function checkStep(
  step: StepDefinition,
  parameters: StepParameters,
  catalogue: Catalogue,
  checkSchema: SchemaCheck,
): readonly ValidationFault[] {
  const component = catalogue.get(componentOf(step));
  if (component === undefined) return [];
  return checkSchema(component.parameters_schema, parameters).map((found) => ({
    field: `parameters.${step.step_id}${found.path.replaceAll('/', '.')}`,
    message: found.message,
    value: found.value,
  }));
}

function unknownKey(key: string, value: unknown, definition: PipelineDefinition): ValidationFault {
  const ids = definition.steps.map((step) => step.step_id).join(', ');
  return {
    field: `parameters.${key}`,
    message: {
      ja: `「${key}」はステップ（${ids}）でも、そのパラメーターでもありません`,
      en: `"${key}" is neither a step (${ids}) nor a parameter that one of them has`,
    },
    value: typeof value === 'object' ? undefined : value,
  };
}
