/** Whether a pipeline can give what an item's criteria need, and what a request may change of it. */
import type { ValidationFault } from '../errors.ts';
import type { Catalogue, Component } from '../pipeline/component.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { isFields } from '../pipeline/read.ts';
import { type Criterion, isCounted } from './criteria/criterion.ts';
import type { ItemDocument, JudgingRules } from './item.ts';

/** What a criterion reads of a run. */
type Need = 'detections' | 'classes' | 'measures' | 'texts';

/** Empty: it fits. Steps whose component is not known now are given the benefit of the doubt. */
export function checkFit(rules: JudgingRules, definition: PipelineDefinition, catalogue: Catalogue): readonly ValidationFault[] {
  const components = definition.steps.map((step) => catalogue.get(`${step.service}.${step.method}`));
  const live = components.find((component) => component?.needs_stream === true);
  const faults = rules.criteria.flatMap((criterion, index) => {
    const need = needOf(criterion, rules);
    return gives(components, need) ? [] : [lacking(`criteria[${index}]`, need, definition)];
  });
  if (rules.quality_gate?.marker !== undefined && !gives(components, 'detections')) {
    faults.push(lacking('quality_gate.marker', 'detections', definition));
  }
  return live === undefined ? faults : [onlyLive(live, definition), ...faults];
}

function needOf(criterion: Criterion, { kind }: JudgingRules): Need {
  switch (criterion.kind) {
    case 'binary':
      return 'detections';
    case 'threshold':
      return isCounted(criterion.measure) ? 'detections' : 'measures';
    case 'categorical':
      return kind === 'text' ? 'texts' : 'classes';
    case 'numerical':
      return 'measures';
  }
}

/** Components do not say which measures they take; those that only move, change or search pixels take none. */
function gives(components: readonly (Component | undefined)[], need: Need): boolean {
  return components.some((component) => {
    if (component === undefined) return true;
    if (need === 'detections') return component.produces_detections;
    if (need === 'classes') return component.category === 'detection' || component.produces_detections;
    return component.category === 'quality' || component.category === 'other';
  });
}

const words: Readonly<Record<Need, { readonly ja: string; readonly en: string }>> = {
  detections: { ja: '検出結果', en: 'finds objects' },
  classes: { ja: 'クラス', en: 'names classes' },
  measures: { ja: '測定値', en: 'measures' },
  texts: { ja: '文字', en: 'reads text' },
};

function lacking(field: string, need: Need, { pipeline_id }: PipelineDefinition): ValidationFault {
  const message = {
    ja: `この条件には${words[need].ja}が要りますが、パイプライン「${pipeline_id}」にはそれを出すステップがありません`,
    en: `needs a step that ${words[need].en}; the pipeline "${pipeline_id}" has none`,
  };
  return { field, message, value: pipeline_id };
}

function onlyLive({ component_id }: Component, { pipeline_id }: PipelineDefinition): ValidationFault {
  const message = {
    ja: `部品 ${component_id} は映像専用なので、写真の検査には使えません`,
    en: `uses ${component_id}, which works on live video only, not on photos`,
  };
  return { field: 'pipeline_id', message, value: pipeline_id };
}

/** Parameters of a request, flat or by step; only what the item lets a request set. */
export function checkOverrides(
  given: Readonly<Record<string, unknown>>,
  { overridable }: Pick<ItemDocument, 'overridable'>,
  stepIds: readonly string[],
): readonly ValidationFault[] {
  return Object.entries(given).flatMap(([key, value]) => {
    if (stepIds.includes(key) && isFields(value)) {
      return Object.entries(value).flatMap(([name, own]) =>
        overridable.includes(name) ? [] : [fixed(`${key}.${name}`, own, overridable)],
      );
    }
    return overridable.includes(key) ? [] : [fixed(key, value, overridable)];
  });
}

function fixed(field: string, value: unknown, overridable: readonly string[]): ValidationFault {
  const list = overridable.join(', ') || '–';
  const message = {
    ja: `この検査項目では変えられないパラメーターです。変えられるのは ${list} です`,
    en: `cannot be set for this item; what can be set is ${list}`,
  };
  return { field, message, value: typeof value === 'object' ? undefined : value };
}

/**
 * The lowest confidence that any criterion looks at: what a run has to ask the model for. Undefined when none looks at findings, so that
 * the model's own threshold will do.
 */
export function lowestLimit(criteria: readonly Criterion[]): number | undefined {
  const limits = criteria.flatMap((criterion) => {
    if (criterion.kind === 'binary') return [criterion.review_confidence];
    return criterion.kind === 'threshold' && isCounted(criterion.measure) ? [criterion.min_confidence] : [];
  });
  return limits.length === 0 ? undefined : Math.min(...limits);
}
