/** What a run has to know of a pipeline: the order, where each step's image comes from, what is stored. */
import type { Catalogue, Component } from './component.ts';
import type { PipelineDefinition, StepDefinition } from './definition.ts';
import { dependentsOf, inputName, orderSteps } from './graph.ts';

export interface PlannedStep {
  readonly step_id: string;
  /** "<service>.<method>". */
  readonly component: string;
  readonly service: string;
  readonly depends_on: readonly string[];
  readonly dependents: readonly string[];
  /** The step that made the image this one works on; undefined = the execution's input. Steps that pass their image on are skipped over. */
  readonly imageFrom: string | undefined;
  /** Its image is used by a later step: store it losslessly. */
  readonly needsHandover: boolean;
  /** Its image is not changed any further: it leaves the pipeline, encoded. */
  readonly leavesPipeline: boolean;
  readonly timeoutMs: number;
  /** Attempts after the first. */
  readonly retries: number;
}

/** Steps in an order in which each comes after its dependencies. */
export interface Plan {
  readonly steps: ReadonlyMap<string, PlannedStep>;
}

const unknownComponent: Pick<Component, 'produces_image' | 'default_timeout_ms' | 'default_retry_count'> = {
  // Safe for both kinds: a component that passes its image on ignores the request to store one, and its answer has none.
  produces_image: true,
  default_timeout_ms: 30_000,
  default_retry_count: 3,
};

/** For a definition that checkPipeline found free of faults when it was stored; a component may have gone since. */
export function planPipeline(definition: PipelineDefinition, catalogue: Catalogue): Plan {
  const ordered = orderSteps(definition.steps);
  const componentOf = (step: StepDefinition) => catalogue.get(`${step.service}.${step.method}`) ?? unknownComponent;
  const sources = findSources(ordered, (step) => componentOf(step).produces_image);
  const dependents = dependentsOf(ordered);
  const steps = ordered.map((step): PlannedStep => {
    const component = componentOf(step);
    const users = ordered.filter((other) => sources.get(other.step_id) === step.step_id);
    return {
      step_id: step.step_id,
      component: `${step.service}.${step.method}`,
      service: step.service,
      depends_on: [...new Set(step.depends_on)],
      dependents: dependents.get(step.step_id) ?? [],
      imageFrom: sources.get(step.step_id),
      needsHandover: component.produces_image && users.length > 0,
      leavesPipeline: component.produces_image && !users.some((user) => componentOf(user).produces_image),
      timeoutMs: step.timeout_ms ?? component.default_timeout_ms,
      retries: step.retry_count ?? component.default_retry_count,
    };
  });
  return { steps: new Map(steps.map((step) => [step.step_id, step])) };
}

/** By step: the step whose image it works on. */
function findSources(
  ordered: readonly StepDefinition[],
  makesImage: (step: StepDefinition) => boolean,
): ReadonlyMap<string, string | undefined> {
  const made = new Map<string, string | undefined>();
  const sources = new Map<string, string | undefined>();
  for (const step of ordered) {
    const from = step.input_from ?? step.depends_on[0] ?? inputName;
    const source = from === inputName ? undefined : made.get(from);
    sources.set(step.step_id, source);
    made.set(step.step_id, makesImage(step) ? step.step_id : source);
  }
  return sources;
}
