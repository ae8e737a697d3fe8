import { expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import type { Component } from '../pipeline/component.ts';
import type { Detection, Transform } from '../pipeline/data.ts';
import type { StepDefinition } from '../pipeline/definition.ts';
import { parseDefinition } from '../pipeline/parse.ts';
import { planPipeline } from '../pipeline/plan.ts';
import { type FrameAnswer, type FrameCall, type FrameInvoker, runFrame } from './frame.ts';

const transform: Transform = { a: 0.5, b: 0, tx: 0, c: 0, d: 0.5, ty: 0, original_width: 1280, original_height: 720 };

function componentOf(method: string, producesImage: boolean): [string, Component] {
  const id = `S.${method}`;
  return [
    id,
    {
      component_id: id,
      service: 'S',
      method,
      label: { ja: '', en: '' },
      description: { ja: '', en: '' },
      parameters_schema: {},
      produces_image: producesImage,
      produces_detections: !producesImage,
      consumes_detections: false,
      streamable: true,
      category: 'other',
      default_timeout_ms: 30_000,
      default_retry_count: 0,
    },
  ];
}

const catalogue = new Map([componentOf('Make', true), componentOf('Find', false)]);

function planOf(...steps: readonly (readonly [id: string, method: string, dependsOn?: readonly string[]])[]) {
  const definition = parseDefinition({
    pipeline_id: 'p',
    name: 'p',
    version: '1',
    execution_mode: 'direct_grpc',
    steps: steps.map(([step_id, method, depends_on = []]): Partial<StepDefinition> => ({ step_id, service: 'S', method, depends_on })),
  });
  return planPipeline(definition, catalogue);
}

const found = (name: string): Detection => ({
  class_name: name,
  class_id: 0,
  confidence: 1,
  bbox: { x: 0, y: 0, width: 1, height: 1 },
  bbox_original: { x: 0, y: 0, width: 2, height: 2 },
});

/** Answers as services do; keeps the calls. */
function createInvoker(wrong: (call: FrameCall) => void = () => {}) {
  const calls: FrameCall[] = [];
  const invoke = async (call: FrameCall): Promise<FrameAnswer> => {
    calls.push(call);
    await Promise.resolve();
    wrong(call);
    const makes = call.component === 'S.Make';
    return {
      pixels: makes && call.wantsPixels ? { kind: 'pixels', bytes: new Uint8Array(3), width: 1, height: 1 } : undefined,
      encoded: makes && call.encoding !== undefined ? new TextEncoder().encode(call.stepId) : undefined,
      detections: makes ? call.detections : [...call.detections, found(call.stepId)],
      transform,
      measures: { [call.stepId]: 1 },
      attributes: makes ? {} : { by: call.stepId },
    };
  };
  return { calls, invoker: { invoke } satisfies FrameInvoker };
}

const job = {
  parametersJson: new Map([['resize', '{"width":1}']]),
  image: { kind: 'encoded', bytes: new Uint8Array(9) },
  encoding: { format: 'jpeg', quality: undefined },
  timeoutMs: 1_000,
} as const;
const never = new AbortController().signal;
const now = () => 0;

test('steps get the image, the parameters and the detections they depend on; the last image leaves encoded', async () => {
  const { calls, invoker } = createInvoker();
  const plan = planOf(['resize', 'Make'], ['detect', 'Find', ['resize']], ['draw', 'Make', ['detect']]);
  const outcome = await runFrame({ ...job, plan }, { invoker, now }, never);
  expect(
    calls.map(({ stepId, image, parametersJson, wantsPixels, timeoutMs }) => [stepId, image.kind, parametersJson, wantsPixels, timeoutMs]),
  ).toEqual([
    ['resize', 'encoded', '{"width":1}', true, 1_000],
    ['detect', 'pixels', '', false, 1_000],
    ['draw', 'pixels', '', false, 1_000],
  ]);
  expect(calls.map((call) => [call.transform, call.encoding?.format])).toEqual([
    [undefined, undefined],
    [transform, undefined],
    [transform, 'jpeg'],
  ]);
  expect(outcome).toMatchObject({
    kind: 'completed',
    encoded: new TextEncoder().encode('draw'),
    detections: [found('detect')],
    measures: { resize: 1, detect: 1, draw: 1 },
    attributes: { detect: { by: 'detect' } },
    size: { width: 1280, height: 720 },
  });
});

test('branches run at the same time, and what they find is joined without doubles', async () => {
  const { invoker } = createInvoker();
  const plan = planOf(['common', 'Find'], ['left', 'Find', ['common']], ['right', 'Find', ['common']]);
  const outcome = await runFrame({ ...job, plan }, { invoker, now }, never);
  const names = outcome.kind === 'completed' ? outcome.detections.map((detection) => detection.class_name) : [];
  expect(names).toEqual(['common', 'left', 'right']);
});

test('without a wish for an image nothing is encoded', async () => {
  const { calls, invoker } = createInvoker();
  const outcome = await runFrame({ ...job, encoding: undefined, plan: planOf(['resize', 'Make']) }, { invoker, now }, never);
  expect(calls[0]?.encoding).toBeUndefined();
  expect(outcome).toMatchObject({ kind: 'completed', encoded: undefined });
});

test('the first step that fails ends the frame and is named; what depends on it is not called', async () => {
  const { calls, invoker } = createInvoker((call) => {
    if (call.stepId === 'resize') throw new AppError('IMAGE_BROKEN');
  });
  const outcome = await runFrame({ ...job, plan: planOf(['resize', 'Make'], ['detect', 'Find', ['resize']]) }, { invoker, now }, never);
  expect(outcome).toMatchObject({ kind: 'failed', stepId: 'resize', error: { code: 'IMAGE_BROKEN' } });
  expect(calls.map((call) => call.stepId)).toEqual(['resize']);
});

test('an abort reaches the steps that run', async () => {
  const stop = new AbortController();
  const invoke = (_call: FrameCall, signal: AbortSignal) =>
    new Promise<FrameAnswer>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const outcome = runFrame({ ...job, plan: planOf(['resize', 'Make']) }, { invoker: { invoke }, now }, stop.signal);
  stop.abort(new AppError('CANCELLED'));
  expect(await outcome).toMatchObject({ kind: 'failed', error: { code: 'CANCELLED' } });
});
