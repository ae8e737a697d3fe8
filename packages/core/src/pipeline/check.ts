/** Whether a pipeline can run with the components known now. Used by server, canvas and CLI: there is no other check. */
import type { ValidationFault } from '../errors.ts';
import type { Catalogue, Component, SchemaCheck } from './component.ts';
import type { PipelineDefinition, StepDefinition } from './definition.ts';
import { ancestorsOf, findCycle, inputName } from './graph.ts';
import { acceptsWord, checkPartial, describeType, knownParameters } from './schema.ts';

/** Every fault, in the order of the definition; none: it can run. */
export function checkPipeline(definition: PipelineDefinition, catalogue: Catalogue, checkSchema: SchemaCheck): readonly ValidationFault[] {
  const { steps } = definition;
  return [...checkGraph(steps), ...steps.flatMap((step, index) => checkComponent(step, `steps[${index}]`, catalogue, checkSchema))];
}

function checkGraph(steps: readonly StepDefinition[]): readonly ValidationFault[] {
  const ids = new Set(steps.map((step) => step.step_id));
  const faults = steps.flatMap((step, index) => {
    const path = `steps[${index}]`;
    return [...checkDuplicate(steps, index), ...checkDependencies(step, path, ids)];
  });
  const cycle = faults.length > 0 ? undefined : findCycle(steps);
  if (cycle !== undefined) return [cycleFault(steps, cycle)];
  return [...faults, ...steps.flatMap((step, index) => checkInputFrom(step, `steps[${index}]`, steps, ids))];
}

function checkDuplicate(steps: readonly StepDefinition[], index: number): readonly ValidationFault[] {
  const id = steps[index]?.step_id;
  const first = steps.findIndex((step) => step.step_id === id);
  if (first === index) return [];
  return [
    fault(
      `steps[${index}].step_id`,
      id,
      `step_id「${id}」は steps[${first}] でも使われています`,
      `The step_id "${id}" is also steps[${first}]'s`,
    ),
  ];
}

function checkDependencies(step: StepDefinition, path: string, ids: ReadonlySet<string>): readonly ValidationFault[] {
  return step.depends_on.flatMap((id, index) => {
    const field = `${path}.depends_on[${index}]`;
    if (id === step.step_id) {
      return [fault(field, id, `ステップ「${id}」が自分自身に依存しています`, `The step "${id}" depends on itself`)];
    }
    if (ids.has(id)) return [];
    const known = [...ids].join(', ');
    return [fault(field, id, `ステップ「${id}」はありません。あるのは ${known} です`, `There is no step "${id}"; there are ${known}`)];
  });
}

function cycleFault(steps: readonly StepDefinition[], cycle: readonly string[]): ValidationFault {
  const line = cycle.join(' → ');
  const index = steps.findIndex((step) => step.step_id === cycle[0]);
  return fault(
    `steps[${index}].depends_on`,
    steps[index]?.depends_on.join(', '),
    `依存関係が循環しています: ${line}`,
    `The dependencies form a cycle: ${line}`,
  );
}

function checkInputFrom(
  step: StepDefinition,
  path: string,
  steps: readonly StepDefinition[],
  ids: ReadonlySet<string>,
): readonly ValidationFault[] {
  const { input_from: from } = step;
  if (from === undefined || from === inputName) return [];
  const field = `${path}.input_from`;
  if (!ids.has(from)) {
    return [fault(field, from, `ステップ「${from}」はありません`, `There is no step "${from}"`)];
  }
  if (ancestorsOf(steps, step.step_id).has(from)) return [];
  return [
    fault(
      field,
      from,
      `「${from}」の画像を使うには depends_on に加えてください`,
      `To use the image of "${from}", this step has to depend on it: add it to depends_on`,
    ),
  ];
}

function checkComponent(step: StepDefinition, path: string, catalogue: Catalogue, checkSchema: SchemaCheck): readonly ValidationFault[] {
  const component = catalogue.get(`${step.service}.${step.method}`);
  if (component === undefined) return [unknownComponent(step, path, catalogue)];
  const { parameters_schema: schema } = component;
  const parameterFaults = checkPartial(schema, step.parameters, checkSchema).map((found) => ({
    field: `${path}.parameters${found.path.replaceAll('/', '.')}`,
    message: found.message,
    value: found.value,
  }));
  return [...checkInputSchema(step, path, component), ...parameterFaults];
}

function unknownComponent(step: StepDefinition, path: string, catalogue: Catalogue): ValidationFault {
  const { service, method } = step;
  const components = [...catalogue.values()];
  const methods = components.filter((component) => component.service === service).map((component) => component.method);
  if (methods.length > 0) {
    const list = methods.join(', ');
    return fault(
      `${path}.method`,
      method,
      `${service} にメソッド「${method}」はありません。使えるのは ${list} です`,
      `${service} has no method "${method}"; it has ${list}`,
    );
  }
  const list = [...new Set(components.map((component) => component.service))].join(', ') || '–';
  return fault(
    `${path}.service`,
    service,
    `サービス「${service}」は登録されていません。使えるのは ${list} です`,
    `The service "${service}" is not registered; there are ${list}`,
  );
}

function checkInputSchema(step: StepDefinition, path: string, component: Component): readonly ValidationFault[] {
  const { properties, isOpen } = knownParameters(component.parameters_schema);
  return Object.entries(step.input_schema ?? {}).flatMap(([name, word]) => {
    const field = `${path}.input_schema.${name}`;
    const property = properties.get(name);
    if (property === undefined) {
      if (isOpen) return [];
      const list = [...properties.keys()].join(', ') || '–';
      return [
        fault(
          field,
          name,
          `${component.component_id} にパラメーター「${name}」はありません。使えるのは ${list} です`,
          `${component.component_id} has no parameter "${name}"; it has ${list}`,
        ),
      ];
    }
    if (acceptsWord(property, word)) return [];
    const type = describeType(property);
    return [
      fault(
        field,
        word,
        `パラメーター「${name}」の型は ${type} です（「${word}」ではありません）`,
        `The parameter "${name}" is of type ${type}, not "${word}"`,
      ),
    ];
  });
}

function fault(field: string, value: unknown, ja: string, en: string): ValidationFault {
  return { field, message: { ja, en }, value };
}
