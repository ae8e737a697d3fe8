import { expect, test } from 'vitest';
import type { Component } from '../pipeline/component.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { checkFit, checkOverrides, lowestLimit } from './fit.ts';
import { item } from './testing.ts';

const component = (component_id: string, category: Component['category'], over: Partial<Component> = {}): Component => {
  const [service = '', method = ''] = component_id.split('.');
  return {
    component_id,
    service,
    method,
    label: { ja: '', en: '' },
    description: { ja: '', en: '' },
    parameters_schema: {},
    produces_image: false,
    produces_detections: category === 'detection',
    consumes_detections: false,
    streamable: true,
    category,
    default_timeout_ms: 1000,
    default_retry_count: 0,
    ...over,
  };
};
const components = [
  component('Resize.Resize', 'geometry'),
  component('AI.Detect', 'detection'),
  component('Filter.Quality', 'quality'),
  component('Track.Track', 'detection', { needs_stream: true }),
];
const catalogue = new Map(components.map((each) => [each.component_id, each]));
const pipeline = (...ids: string[]): PipelineDefinition => ({
  pipeline_id: 'p',
  name: 'p',
  version: '1',
  description: '',
  execution_mode: 'direct_grpc',
  error_handling: { strategy: 'fail_fast', rollback_enabled: false, notification_on_failure: false },
  output: {},
  steps: ids.map((id) => {
    const [service = '', method = ''] = id.split('.');
    return { step_id: method, service, method, depends_on: [], parameters: {} };
  }),
});

const binary = { kind: 'binary' };
const gap = { kind: 'numerical', measure: 'gap', upper: 1 };

test.each([
  ['finds', { criteria: [binary] }, ['Resize.Resize', 'AI.Detect'], []],
  ['only resizes', { criteria: [binary] }, ['Resize.Resize'], ['criteria[0]']],
  ['only finds, where a measure is wanted', { criteria: [binary, gap] }, ['AI.Detect'], ['criteria[1]']],
  ['measures', { criteria: [gap] }, ['Filter.Quality'], []],
  ['cannot read', { kind: 'text', criteria: [{ kind: 'categorical', accept: ['A'] }] }, ['AI.Detect'], ['criteria[0]']],
  ['names classes', { criteria: [{ kind: 'categorical', accept: ['A'] }] }, ['AI.Detect'], []],
  ['is not known now', { criteria: [binary, gap] }, ['Own.Step'], []],
  ['works on video only', { criteria: [binary] }, ['Track.Track'], ['pipeline_id']],
  ['finds no marker', { quality_gate: { marker: 'm' } }, ['Resize.Resize'], ['quality_gate.marker']],
])('a pipeline that %s', (_name, document, ids, fields) => {
  expect(checkFit(item(document), pipeline(...ids), catalogue).map((fault) => fault.field)).toEqual(fields);
});

test('a request may set what the item lets it set, flat or by step', () => {
  const rules = item({ overridable: ['confidence_threshold'] });
  const check = (given: Record<string, unknown>) => checkOverrides(given, rules, ['ai']).map((fault) => fault.field);
  expect(check({ confidence_threshold: 0.8, ai: { confidence_threshold: 0.7 } })).toEqual([]);
  expect(check({ iou_threshold: 0.8, ai: { model_name: 'x' } })).toEqual(['iou_threshold', 'ai.model_name']);
});

test('a run has to ask for the lowest confidence that any criterion looks at', () => {
  const criteria = [
    { kind: 'binary', ng_confidence: 0.5, review_confidence: 0.3 },
    { kind: 'threshold', measure: 'count', min_confidence: 0.4, ng_above: 1 },
    { kind: 'threshold', measure: 'anomaly.score', min_confidence: 0.1, ng_above: 1 },
  ];
  expect(lowestLimit(item({ criteria }).criteria)).toBe(0.3);
  expect(lowestLimit(item({ criteria: [gap] }).criteria)).toBeUndefined();
});
