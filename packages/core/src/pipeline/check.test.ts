import { describe, expect, test } from 'vitest';
import type { AppError } from '../errors.ts';
import { checkPipeline } from './check.ts';
import type { Catalogue, Component, JsonSchema, SchemaCheck } from './component.ts';
import { assignParameters } from './parameters.ts';
import { maxSteps, parseDefinition } from './parse.ts';
import { planPipeline } from './plan.ts';

/** Design §8.1.2, as printed there. */
const printed = {
  pipeline_id: 'quality-inspection-v1',
  name: '品質検査パイプライン',
  version: '1.0.0',
  description: 'AI による欠陥検出と品質評価',
  execution_mode: 'direct_grpc',
  steps: [
    {
      step_id: 'resize',
      service: 'ResizeService',
      method: 'Resize',
      input_schema: { width: 'integer', height: 'integer', maintain_aspect_ratio: 'boolean' },
      timeout_ms: 5000,
      retry_count: 3,
    },
    {
      step_id: 'ai_detection',
      service: 'AIDetectionService',
      method: 'DetectDefects',
      depends_on: ['resize'],
      input_schema: { model_name: 'string', confidence_threshold: 'float' },
      timeout_ms: 30000,
      retry_count: 2,
    },
    {
      step_id: 'quality_filter',
      service: 'FilterService',
      method: 'ApplyQualityFilter',
      depends_on: ['ai_detection'],
      input_schema: { filter_type: 'enum', parameters: 'object' },
      timeout_ms: 10000,
      retry_count: 3,
    },
  ],
  error_handling: { strategy: 'fail_fast', rollback_enabled: true, notification_on_failure: true },
};

function component(id: string, produces_image: boolean, properties: JsonSchema, required?: readonly string[]): Component {
  const [service = '', method = ''] = id.split('.');
  return {
    component_id: id,
    service,
    method,
    label: { ja: id, en: id },
    description: { ja: '', en: '' },
    parameters_schema: { type: 'object', properties, additionalProperties: false, ...(required && { required }) },
    produces_image,
    produces_detections: !produces_image,
    consumes_detections: false,
    streamable: true,
    category: 'other',
    default_timeout_ms: 20_000,
    default_retry_count: 1,
  };
}

const catalogue: Catalogue = new Map(
  [
    component('ResizeService.Resize', true, {
      width: { type: 'integer' },
      height: { type: 'integer' },
      maintain_aspect_ratio: { type: 'boolean' },
    }),
    component('AIDetectionService.DetectDefects', false, { model_name: { type: 'string' }, confidence_threshold: { type: 'number' } }),
    component('FilterService.ApplyFilter', true, { filter_type: { type: 'string', enum: ['blur', 'edge'] } }, ['filter_type']),
    component('FilterService.ApplyQualityFilter', false, {
      filter_type: { type: 'string', enum: ['all'] },
      parameters: { type: 'object' },
    }),
  ].map((each) => [each.component_id, each]),
);

/** Types and required names only: enough to see that faults find their places. The real check is tested in the api package. */
const check: SchemaCheck = (schema, value) => {
  const given = value as Record<string, unknown>;
  const properties = schema.properties as Record<string, { type: string }>;
  const message = { ja: '不正', en: 'wrong' };
  const wrong = Object.entries(given).flatMap(([name, each]) => {
    const type = properties[name]?.type;
    const fits = type === (typeof each === 'number' ? (Number.isInteger(each) ? 'integer' : 'number') : typeof each) || type === 'number';
    return fits ? [] : [{ path: `/${name}`, message, value: each }];
  });
  const missing = ((schema.required ?? []) as string[]).filter((name) => !(name in given));
  return [...wrong, ...missing.map((name) => ({ path: `/${name}`, message, value: undefined }))];
};

function faultsOf(change: (pipeline: typeof printed) => unknown): string[] {
  const copy = structuredClone(printed);
  const changed = change(copy);
  return checkPipeline(parseDefinition(changed ?? copy), catalogue, check).map((fault) => fault.field);
}

function schemaFaults(value: unknown): string[] {
  try {
    parseDefinition(value);
    return [];
  } catch (error) {
    return (error as AppError).faults.map((fault) => fault.field);
  }
}

describe('the sample definition', () => {
  test('is accepted as printed', () => {
    expect(checkPipeline(parseDefinition(printed), catalogue, check)).toEqual([]);
  });

  test('gets defaults for what it leaves out', () => {
    const { steps, error_handling, version } = parseDefinition({ pipeline_id: 'p', steps: [{ step_id: 'a', service: 'S', method: 'M' }] });
    expect(steps).toEqual([{ step_id: 'a', service: 'S', method: 'M', depends_on: [], parameters: {} }]);
    expect(error_handling).toEqual({ strategy: 'fail_fast', rollback_enabled: false, notification_on_failure: false });
    expect(version).toBe('1.0.0');
  });

  test('survives being written and read again', () => {
    const once = parseDefinition({ ...printed, layout: { resize: { x: 1, y: 2 }, gone: { x: 0, y: 0 } } });
    expect(parseDefinition(JSON.parse(JSON.stringify(once)))).toEqual(once);
    expect(once.layout).toEqual({ resize: { x: 1, y: 2 } });
  });
});

describe('faults of the form name their JSON path', () => {
  test.each([
    ['$', null],
    ['$', 'text'],
    ['pipeline_id', { steps: [{ step_id: 'a', service: 'S', method: 'M' }] }],
    ['pipeline_id', { ...printed, pipeline_id: 'Größe' }],
    ['steps', { pipeline_id: 'p' }],
    ['steps', { ...printed, steps: [] }],
    ['steps', { ...printed, steps: Array.from({ length: maxSteps + 1 }, () => printed.steps[0]) }],
    ['steps[0]', { ...printed, steps: [7] }],
    ['steps[0].step_id', { ...printed, steps: [{ ...printed.steps[0], step_id: '__proto__' }] }],
    ['steps[0].depend_on', { ...printed, steps: [{ ...printed.steps[0], depend_on: [] }] }],
    ['steps[0].depends_on[1]', { ...printed, steps: [{ ...printed.steps[0], depends_on: ['a', 3] }] }],
    ['steps[0].timeout_ms', { ...printed, steps: [{ ...printed.steps[0], timeout_ms: 0 }] }],
    ['steps[0].retry_count', { ...printed, steps: [{ ...printed.steps[0], retry_count: 11 }] }],
    ['steps[0].input_schema.width', { ...printed, steps: [{ ...printed.steps[0], input_schema: { width: 'int' } }] }],
    ['execution_mode', { ...printed, execution_mode: 'direct' }],
    ['error_handling.strategy', { ...printed, error_handling: { strategy: 'hope' } }],
    ['error_handling.notification_url', { ...printed, error_handling: { notification_url: 'file:///etc/passwd' } }],
    ['output.quality', { ...printed, output: { quality: 101 } }],
  ])('%s', (field, value) => {
    expect(schemaFaults(value)).toContain(field);
  });

  test('all of them are reported together', () => {
    expect(schemaFaults({ pipeline_id: 'P!', steps: [{}] })).toEqual([
      'pipeline_id',
      'steps[0].step_id',
      'steps[0].service',
      'steps[0].method',
    ]);
  });
});

describe('faults of the meaning name their place', () => {
  const [resize, detect, quality] = printed.steps;

  test('a cycle, with the steps in it', () => {
    const steps = [{ ...resize, depends_on: ['quality_filter'] }, detect, quality];
    const [fault] = checkPipeline(parseDefinition({ ...printed, steps }), catalogue, check);
    expect(fault?.message.en).toMatch(/resize → ai_detection → quality_filter → resize|quality_filter → resize → ai_detection/);
  });

  test.each([
    ['a step twice', 'steps[1].step_id', { ...printed, steps: [resize, resize] }],
    ['an unknown dependency', 'steps[1].depends_on[0]', { ...printed, steps: [resize, { ...detect, depends_on: ['nobody'] }] }],
    ['itself as dependency', 'steps[0].depends_on[0]', { ...printed, steps: [{ ...resize, depends_on: ['resize'] }] }],
    [
      'the image of a step it does not wait for',
      'steps[1].input_from',
      { ...printed, steps: [resize, { ...detect, depends_on: [], input_from: 'resize' }] },
    ],
    ['an unknown service', 'steps[0].service', { ...printed, steps: [{ ...resize, service: 'PaintService' }] }],
    ['an unknown method', 'steps[0].method', { ...printed, steps: [{ ...resize, method: 'Shrink' }] }],
    [
      'an unknown name in input_schema',
      'steps[0].input_schema.colour',
      { ...printed, steps: [{ ...resize, input_schema: { colour: 'string' } }] },
    ],
    [
      'a wrong type in input_schema',
      'steps[0].input_schema.width',
      { ...printed, steps: [{ ...resize, input_schema: { width: 'float' } }] },
    ],
    ['a parameter of the wrong type', 'steps[0].parameters.width', { ...printed, steps: [{ ...resize, parameters: { width: '640' } }] }],
  ])('%s', (_name, field, value) => {
    expect(faultsOf(() => value)).toEqual([field]);
  });

  test('a required parameter may still come with the execution', () => {
    const steps = [{ step_id: 'blur', service: 'FilterService', method: 'ApplyFilter' }];
    expect(faultsOf(() => ({ ...printed, steps }))).toEqual([]);
    const definition = parseDefinition({ ...printed, steps });
    expect(assignParameters(definition, {}, catalogue, check).faults.map((fault) => fault.field)).toEqual(['parameters.blur.filter_type']);
    expect(assignParameters(definition, { filter_type: 'blur' }, catalogue, check).faults).toEqual([]);
  });
});

describe('parameters of an execution', () => {
  const definition = parseDefinition({
    ...printed,
    steps: [
      { ...printed.steps[0], parameters: { width: 100, height: 50 } },
      { ...printed.steps[0], step_id: 'again', depends_on: ['resize'] },
    ],
  });

  test('a step’s own win over flat ones, both over the defaults', () => {
    const { bySteps, faults } = assignParameters(definition, { width: 200, resize: { width: 300 } }, catalogue, check);
    expect(faults).toEqual([]);
    expect(bySteps.get('resize')).toEqual({ width: 300, height: 50 });
    expect(bySteps.get('again')).toEqual({ width: 200 });
  });

  test('a name that no step knows is a fault', () => {
    const { faults } = assignParameters(definition, { widht: 1, nobody: { width: 2 } }, catalogue, check);
    expect(faults.map((fault) => fault.field)).toEqual(['parameters.widht', 'parameters.nobody']);
  });

  test('"output" changes what leaves the pipeline', () => {
    const { output, faults } = assignParameters(definition, { output: { format: 'png' } }, catalogue, check);
    expect([output, faults]).toEqual([{ format: 'png' }, []]);
    const wrong = assignParameters(definition, { output: { format: 'psd' } }, catalogue, check);
    expect(wrong.faults.map((fault) => fault.field)).toEqual(['parameters.output.format']);
  });

  test('a value of the wrong type is named with its step', () => {
    const { faults } = assignParameters(definition, { resize: { width: true } }, catalogue, check);
    expect(faults.map((fault) => fault.field)).toEqual(['parameters.resize.width']);
  });
});

describe('the plan', () => {
  test('steps that pass their image on are skipped over, and the last image made leaves the pipeline', () => {
    const { steps } = planPipeline(parseDefinition(printed), catalogue);
    expect([...steps.keys()]).toEqual(['resize', 'ai_detection', 'quality_filter']);
    expect(steps.get('resize')).toMatchObject({
      imageFrom: undefined,
      needsHandover: true,
      leavesPipeline: true,
      timeoutMs: 5000,
      retries: 3,
    });
    expect(steps.get('quality_filter')).toMatchObject({ imageFrom: 'resize', needsHandover: false, leavesPipeline: false });
  });

  test('an image that a later step changes does not leave the pipeline', () => {
    const filter = { service: 'FilterService', method: 'ApplyFilter' };
    const steps = [
      { step_id: 'small', service: 'ResizeService', method: 'Resize' },
      { step_id: 'found', service: 'AIDetectionService', method: 'DetectDefects', depends_on: ['small'] },
      { step_id: 'drawn', ...filter, depends_on: ['found'] },
      { step_id: 'raw', ...filter, depends_on: ['found'], input_from: '$input' },
    ];
    const plan = planPipeline(parseDefinition({ pipeline_id: 'p', steps }), catalogue).steps;
    expect(plan.get('small')).toMatchObject({ needsHandover: true, leavesPipeline: false, dependents: ['found'] });
    expect(plan.get('drawn')).toMatchObject({ imageFrom: 'small', needsHandover: false, leavesPipeline: true });
    expect(plan.get('raw')).toMatchObject({ imageFrom: undefined, leavesPipeline: true, retries: 1, timeoutMs: 20_000 });
  });
});
