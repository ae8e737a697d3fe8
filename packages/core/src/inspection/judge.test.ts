import { expect, test } from 'vitest';
import { combine, judgeItem, judgePhoto, judgeSession } from './judge.ts';
import { finding, item, photo } from './testing.ts';
import type { Verdict } from './verdict.ts';

const scratch = { kind: 'binary', classes: ['scratch'], ng_confidence: 0.5, review_confidence: 0.3 };

test.each([
  ['any', ['OK', 'NG'], 'OK'],
  ['any', ['REVIEW', 'NG'], 'REVIEW'],
  ['any', ['NG', 'NG'], 'NG'],
  [{ k_of_n: 2 }, ['OK', 'REVIEW', 'NG'], 'REVIEW'],
  [{ k_of_n: 2 }, ['OK', 'NG', 'NG'], 'NG'],
  [{ k_of_n: 2 }, ['OK', 'OK', 'NG'], 'OK'],
  ['all', ['OK', 'REVIEW'], 'REVIEW'],
  ['all', ['OK', 'REVIEW', 'NG'], 'NG'],
  ['all', ['OK', 'OK'], 'OK'],
] as const)('%j of %j is %s', (rule, found, verdict) => {
  expect(combine(found, rule)).toBe(verdict);
});

const gate = { limits: [{ measure: 'sharpness', min: 100 }], min_width: 50, marker: 'marker' };
const good = { measures: { sharpness: 500 }, detections: [finding('marker', 0.9)] };

test.each([
  ['good', good, 'OK', []],
  ['blurred', { ...good, measures: { sharpness: 20 } }, 'REVIEW', ['sharpness']],
  ['of unknown sharpness', { ...good, measures: {} }, 'REVIEW', ['sharpness']],
  ['small', { ...good, width: 40 }, 'REVIEW', ['width']],
  ['without its marker', { ...good, detections: [] }, 'REVIEW', ['marker']],
  [
    'blurred and scratched',
    { measures: { sharpness: 20 }, detections: [finding('marker', 0.9), finding('scratch', 0.8)] },
    'NG',
    ['scratch'],
  ],
])('a photo that is %s', (_name, over, verdict, about) => {
  const judged = judgePhoto(photo(over), item({ criteria: [scratch], quality_gate: gate }));
  expect(judged.verdict).toBe(verdict);
  expect(judged.reasons.map((reason) => reason.about)).toEqual(about);
});

test('a poor photo says what it would have been, with confidence 0', () => {
  const judge = (confidence: number) =>
    judgePhoto(
      photo({ detections: [finding('scratch', confidence)] }),
      item({ criteria: [scratch], quality_gate: { limits: [{ measure: 'sharpness', min: 1 }] } }),
    );
  expect(judge(0.1)).toMatchObject({ verdict: 'REVIEW', confidence: 0, otherwise: 'OK', reasons: [{ code: 'PHOTO_QUALITY' }] });
  expect(judge(0.4)).toMatchObject({ verdict: 'REVIEW', confidence: 0, otherwise: 'REVIEW' });
});

test('another model than the pinned one can find NG, but not prove OK', () => {
  const judge = (confidence: number) =>
    judgePhoto(photo({ detections: [finding('scratch', confidence)], foreignModel: 'ab12' }), item({ criteria: [scratch] }));
  expect(judge(0.1)).toMatchObject({ verdict: 'REVIEW', reasons: [{ code: 'MODEL_CHANGED', about: 'ab12' }] });
  expect(judge(0.9).verdict).toBe('NG');
});

test('a criterion that cannot be evaluated counts as REVIEW', () => {
  const judge = (combine: string) =>
    judgePhoto(photo(), item({ criteria: [scratch, { kind: 'threshold', measure: 'gap', ng_above: 1 }], combine }));
  expect(judge('all')).toMatchObject({ verdict: 'REVIEW', confidence: 0, reasons: [{ code: 'MEASURE_MISSING', criterion: 1 }] });
  expect(judge('any').verdict).toBe('OK');
});

test('without criteria whatever the run reports is NG', () => {
  const judge = (detections: ReturnType<typeof finding>[]) => judgePhoto(photo({ detections, floor: 0.25 }), item({}));
  expect(judge([finding('anything', 0.25)])).toMatchObject({ verdict: 'NG', confidence: 0.25 });
  expect(judge([])).toMatchObject({ verdict: 'OK', confidence: 0.75 });
});

test('a finding counts in each region that holds its centre, unless an excluded one does', () => {
  const regions = [
    { name: 'left', shape: { kind: 'box', x: 0, y: 0, width: 50, height: 100 } },
    { name: 'middle', shape: { kind: 'circle', x: 50, y: 50, radius: 20 } },
    {
      name: 'hole',
      mode: 'exclude',
      shape: {
        kind: 'polygon',
        points: [
          { x: 0, y: 0 },
          { x: 20, y: 0 },
          { x: 0, y: 20 },
        ],
      },
    },
  ];
  const rules = item({ criteria: [{ kind: 'threshold', measure: 'count', ng_above: 0 }], regions });
  const judge = (x: number, y: number) =>
    judgePhoto(photo({ detections: [finding('scratch', 0.9, [x - 5, y - 5, 10, 10])] }), rules).reasons.map((reason) => reason.region);
  expect(judge(40, 50)).toEqual(['left', 'middle']);
  expect(judge(60, 50)).toEqual(['middle']);
  expect(judge(90, 90)).toEqual([]);
  expect(judge(5, 5)).toEqual([]);
  // On the edge of the excluded triangle.
  expect(judge(10, 10)).toEqual([]);
  expect(judge(11, 11)).toEqual(['left']);
});

test.each([
  ['worst', ['NG', 'OK'], 'NG'],
  ['last', ['NG', 'OK'], 'OK'],
  ['last', ['OK', 'NG'], 'NG'],
  ['worst', ['REVIEW', 'OK'], 'REVIEW'],
])('photos by %s: %j is %s', (aggregate, found, verdict) => {
  const confidences: Record<string, number> = { OK: 0.1, REVIEW: 0.4, NG: 0.9 };
  const photos = found.map((each, index) => photo({ photo: `p${index}`, detections: [finding('scratch', confidences[each] ?? 0)] }));
  expect(judgeItem(photos, item({ criteria: [scratch], photos: { aggregate } }))?.verdict).toBe(verdict);
});

test('what must be present may be present in any photo; with fewer photos than wanted the item is pending', () => {
  const rules = item({ criteria: [{ kind: 'threshold', measure: 'count', ng_below: 1 }], photos: { min: 2, aggregate: 'best' } });
  const [empty, full] = [photo(), photo({ detections: [finding('screw', 0.9)] })];
  expect(judgeItem([empty, full], rules)?.verdict).toBe('OK');
  expect(judgeItem([empty, empty], rules)?.verdict).toBe('NG');
  expect(judgeItem([full], rules)).toBeUndefined();
});

test('confidence: of OK the lowest, of NG the highest of the photos', () => {
  const rules = item({ criteria: [scratch] });
  const judge = (...confidences: number[]) =>
    judgeItem(
      confidences.map((confidence) => photo({ detections: [finding('scratch', confidence)] })),
      rules,
    );
  expect(judge(0.1, 0.2)?.confidence).toBeCloseTo(0.8);
  expect(judge(0.6, 0.9, 0.1)?.confidence).toBeCloseTo(0.9);
});

const required = (verdict?: Verdict) => ({ isRequired: true, verdict });
const optional = (verdict?: Verdict) => ({ isRequired: false, verdict });

test.each([
  [[required('OK'), required('OK'), optional()], 'OK'],
  [[required('OK'), optional('NG')], 'NG'],
  [[required('OK'), required('REVIEW')], 'REVIEW'],
  [[required('OK'), required()], undefined],
  [[optional()], undefined],
])('a session of %j is %s', (items, verdict) => {
  expect(judgeSession(items)).toBe(verdict);
});
