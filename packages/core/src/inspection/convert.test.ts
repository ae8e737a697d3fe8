import { expect, test } from 'vitest';
import type { ModelIdentity } from '../pipeline/data.ts';
import { type RunStep, toAiResult, toFindings } from './convert.ts';
import { judgeItem } from './judge.ts';
import { finding, item } from './testing.ts';

const model: ModelIdentity = { name: 'defect', sha256: 'aa', license: '', adapter: 'yolo11' };
const models = new Map([['aa', { classNames: ['scratch', 'dent'], confidenceThreshold: 0.25 }]]);
const step = (step_id: string, over: Partial<RunStep> = {}): RunStep => ({
  step_id,
  depends_on: [],
  parameters: {},
  detections: [],
  measures: {},
  attributes: {},
  model: undefined,
  ...over,
});
const run = (...steps: RunStep[]) => ({ photo: 'p1', width: 640, height: 480, steps, models, pinnedModel: undefined });

test('an execution and an item give the result that the criteria imply', () => {
  const found = finding('scratch', 0.92, [150, 200, 50.004, 29.996]);
  const facts = run(step('resize'), step('ai_detection', { depends_on: ['resize'], model, detections: [found] }));
  const judged = judgeItem([toFindings(facts)], item({ criteria: [{ kind: 'binary', classes: ['scratch'], ng_confidence: 0.5 }] }));
  if (judged === undefined) throw new Error('one photo is enough');
  const result = toAiResult(judged, [found]);
  expect(result).toMatchObject({ overall_result: 'NG', confidence: 0.92, detections: [{ class_name: 'scratch' }] });
  expect(JSON.stringify(result.detections[0]?.bbox)).toBe('{"x":150,"y":200,"width":50,"height":30}');
});

test('detections of branches count once; those that a later step has dropped do not', () => {
  const [one, two] = [finding('scratch', 0.9), finding('dent', 0.8)];
  const facts = run(
    step('detect', { model, detections: [one, two] }),
    step('left', { depends_on: ['detect'], detections: [one] }),
    step('right', { depends_on: ['detect'], detections: [one] }),
  );
  expect(toFindings(facts).detections).toEqual([one]);
});

test('measures go by their name and by their step', () => {
  const facts = run(step('before', { measures: { sharpness: 10 } }), step('after', { measures: { sharpness: 20 } }));
  expect(toFindings(facts).measures).toEqual({ sharpness: 20, 'before.sharpness': 10, 'after.sharpness': 20 });
});

test.each([
  ['what the step asked for', { parameters: { confidence_threshold: 0.8 } }, 0.8],
  ['the model’s own', {}, 0.25],
  ['none for a classifier', { attributes: { classifications: [] }, parameters: { confidence_threshold: 0.8 } }, 0],
  ['none without a model', { model: undefined }, 0],
])('the floor is %s', (_name, over, floor) => {
  expect(toFindings(run(step('detect', { model, ...over }))).floor).toBe(floor);
});

test('classes are those that the run could report; a model that nobody knows could report any', () => {
  const classesOf = (over: Partial<RunStep>) => toFindings(run(step('detect', { model, ...over }))).knownClasses;
  expect(classesOf({})).toEqual(['scratch', 'dent']);
  expect(classesOf({ parameters: { target_classes: [' Dent'] } })).toEqual(['dent']);
  expect(classesOf({ model: { ...model, sha256: 'bb' } })).toBeUndefined();
  expect(classesOf({ model: undefined })).toBeUndefined();
});

test('another model than the pinned one is named', () => {
  const facts = run(step('detect', { model }));
  expect(toFindings({ ...facts, pinnedModel: 'bb' }).foreignModel).toBe('aa');
  expect(toFindings({ ...facts, pinnedModel: 'aa' }).foreignModel).toBeUndefined();
});

test('classes and texts are read from the attributes, whatever else is there', () => {
  const classifications = [{ class_name: 'good', class_id: 1, confidence: 0.9 }, 'odd'];
  const texts = [{ text: 'LOT-1', confidence: 0.7 }, { text: 'x' }, { no: 1 }];
  const findings = toFindings(run(step('ai', { attributes: { classifications } }), step('read', { attributes: { texts } })));
  expect(findings.ranking).toEqual([{ class_name: 'good', confidence: 0.9 }]);
  expect(findings.texts).toEqual([
    { text: 'LOT-1', confidence: 0.7 },
    { text: 'x', confidence: 1 },
  ]);
});
