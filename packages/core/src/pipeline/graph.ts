/** The steps of a pipeline as a graph. Unknown dependencies are ignored here; checkPipeline reports them. */
import type { StepDefinition } from './definition.ts';

/** Names the pipeline's input image in `input_from`. */
export const inputName = '$input';

/** The steps so that each comes after its dependencies, as written where that leaves a choice. Steps of a cycle are missing. */
export function orderSteps(steps: readonly StepDefinition[]): readonly StepDefinition[] {
  const dependents = dependentsOf(steps);
  const waiting = new Map(steps.map((step) => [step.step_id, knownDependencies(step, dependents).length]));
  const byId = new Map(steps.map((step) => [step.step_id, step]));
  const ordered = steps.filter((step) => waiting.get(step.step_id) === 0);
  for (const step of ordered) {
    for (const dependent of dependents.get(step.step_id) ?? []) {
      const left = (waiting.get(dependent) ?? 0) - 1;
      waiting.set(dependent, left);
      const next = byId.get(dependent);
      if (left === 0 && next !== undefined) ordered.push(next);
    }
  }
  return ordered;
}

/** One cycle as step ids, the first repeated at the end; undefined when there is none. */
export function findCycle(steps: readonly StepDefinition[]): readonly string[] | undefined {
  const ordered = new Set(orderSteps(steps).map((step) => step.step_id));
  const rest = new Map(steps.filter((step) => !ordered.has(step.step_id)).map((step) => [step.step_id, step]));
  const [start] = rest.keys();
  if (start === undefined) return undefined;
  // Every step that is left waits for another one that is left: walking along must come back.
  const walked: string[] = [];
  let current = start;
  while (!walked.includes(current)) {
    walked.push(current);
    current = rest.get(current)?.depends_on.find((id) => rest.has(id)) ?? current;
  }
  return [...walked.slice(walked.indexOf(current)), current].reverse();
}

/** By step_id: the steps that wait for it, each once. */
export function dependentsOf(steps: readonly StepDefinition[]): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>(steps.map((step) => [step.step_id, []]));
  for (const step of steps) {
    for (const dependency of new Set(step.depends_on)) dependents.get(dependency)?.push(step.step_id);
  }
  return dependents;
}

/** Every step that has to end before this one can start. */
export function ancestorsOf(steps: readonly StepDefinition[], stepId: string): ReadonlySet<string> {
  const byId = new Map(steps.map((step) => [step.step_id, step]));
  const found = new Set<string>();
  const open = [...(byId.get(stepId)?.depends_on ?? [])];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const step = byId.get(id);
    if (step === undefined || found.has(id)) continue;
    found.add(id);
    open.push(...step.depends_on);
  }
  return found;
}

function knownDependencies(step: StepDefinition, known: ReadonlyMap<string, unknown>): readonly string[] {
  return [...new Set(step.depends_on)].filter((id) => known.has(id));
}
