import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgePhoto } from '../judge.ts';
import { finding, item, photo } from '../testing.ts';
import { rankOf } from '../verdict.ts';
import { conformanceProbability, guardBand } from './numerical.ts';
import { roundHalfAway } from './rounding.ts';

const scratch = { kind: 'binary', classes: ['scratch'], ng_confidence: 0.5, review_confidence: 0.3 };

test.each([
  [[], 'OK', 0.7],
  [[finding('scratch', 0.2999)], 'OK', 0.7],
  [[finding('scratch', 0.3)], 'REVIEW', 0.3],
  [[finding('scratch', 0.4999)], 'REVIEW', 0.4999],
  [[finding('scratch', 0.5)], 'NG', 0.5],
  [[finding('scratch', 0.92), finding('scratch', 0.31)], 'NG', 0.92],
  [[finding('dent', 0.99)], 'OK', 0.7],
])('binary, NG from .5 and REVIEW from .3: %j is %s', (detections, verdict, confidence) => {
  const judged = judgePhoto(photo({ detections, floor: 0.3 }), item({ criteria: [scratch] }));
  expect(judged.verdict).toBe(verdict);
  expect(judged.confidence).toBeCloseTo(confidence, 10);
});

test.each([
  [0.8, [], 'REVIEW', 'FLOOR_ABOVE_LIMIT'],
  [0.8, [finding('scratch', 0.92)], 'NG', 'CLASS_FOUND'],
] as const)('a run that reports from %s on, with %j: %s, %s', (floor, detections, verdict, code) => {
  const judged = judgePhoto(photo({ detections: [...detections], floor }), item({ criteria: [scratch] }));
  expect(judged).toMatchObject({ verdict, reasons: [{ code, criterion: 0, photo: 'p1' }] });
});

test.each([
  [0, 'OK'],
  [1, 'REVIEW'],
  [2, 'REVIEW'],
  [3, 'NG'],
])('threshold, NG above 2 and REVIEW above 0: %i findings are %s', (count, verdict) => {
  const criterion = { kind: 'threshold', measure: 'count', ng_above: 2, review_above: 0 };
  const detections = Array.from({ length: count }, () => finding('scratch', 0.9));
  expect(judgePhoto(photo({ detections }), item({ criteria: [criterion] })).verdict).toBe(verdict);
});

test.each([
  ['area_px', 149.9, 150],
  ['area_ratio', 0.0149, 0.015],
  ['max_area_px', 99, 100],
  ['max_length_px', 9.9, 10],
  ['max_confidence', 0.8, 0.9],
])('%s of two boxes that overlap', (measure, limit, value) => {
  const detections = [
    finding('stain', 0.9, [0, 0, 10, 10]),
    finding('stain', 0.6, [5, 0, 10, 10]),
    finding('stain', 0.4, [50, 50, 50, 50]),
  ];
  const judge = (ng_above: number) => judgePhoto(photo({ detections }), item({ criteria: [{ kind: 'threshold', measure, ng_above }] }));
  expect(judge(limit)).toMatchObject({ verdict: 'NG', reasons: [{ code: 'ABOVE_LIMIT', about: measure, value, limit }] });
  expect(judge(value).verdict).toBe('OK');
});

test('too few of what must be present: never OK below the limit, and not proven where the run could not see enough', () => {
  const rules = item({ criteria: [{ kind: 'threshold', measure: 'count', classes: ['screw'], ng_below: 3, review_below: 4 }] });
  const judge = (count: number, floor = 0.25) =>
    judgePhoto(photo({ detections: Array.from({ length: count }, () => finding('screw', 0.9)), floor }), rules);
  expect(judge(4)).toMatchObject({ verdict: 'OK', confidence: 0.9 });
  expect(judge(3).verdict).toBe('REVIEW');
  expect(judge(2)).toMatchObject({ verdict: 'NG', reasons: [{ code: 'BELOW_LIMIT', value: 2, limit: 3 }] });
  expect(judge(2, 0.8)).toMatchObject({ verdict: 'REVIEW', reasons: [{ code: 'FLOOR_ABOVE_LIMIT' }] });
});

test('areas need the size of the photo, counts do not', () => {
  const judge = (measure: string) =>
    judgePhoto(photo({ width: 0, height: 0 }), item({ criteria: [{ kind: 'threshold', measure, ng_above: 0 }] }));
  expect(judge('area_ratio')).toMatchObject({ verdict: 'REVIEW', reasons: [{ code: 'SIZE_UNKNOWN' }] });
  expect(judge('count').verdict).toBe('OK');
});

test('a threshold on a measure of the pipeline', () => {
  const rules = item({ criteria: [{ kind: 'threshold', measure: 'anomaly.score', review_above: 1.2 }] });
  const judge = (measures: Record<string, number>) => judgePhoto(photo({ measures }), rules);
  expect(judge({ 'anomaly.score': 1.2 }).verdict).toBe('OK');
  expect(judge({ 'anomaly.score': 1.3 }).verdict).toBe('REVIEW');
  expect(judge({})).toMatchObject({ verdict: 'REVIEW', reasons: [{ code: 'MEASURE_MISSING', about: 'anomaly.score' }] });
});

test.each([
  [[['good', 0.59]], 'REVIEW', 'UNCERTAIN'],
  [[['good', 0.6]], 'OK', undefined],
  [[['bad', 0.7]], 'NG', 'REJECTED'],
  [[['odd', 0.9]], 'REVIEW', 'UNLISTED'],
  [
    [
      ['good', 0.8],
      ['bad', 0.8],
    ],
    'NG',
    'REJECTED',
  ],
  [
    [
      ['bad', 0.3],
      ['good', 0.7],
    ],
    'OK',
    undefined,
  ],
  [[], 'REVIEW', 'NOTHING_READ'],
] as const)('categorical, accept good, reject bad, from .6: %j is %s (%s)', (classes, verdict, code) => {
  const rules = item({ criteria: [{ kind: 'categorical', accept: ['good'], reject: ['bad'], min_confidence: 0.6 }] });
  const ranking = classes.map(([class_name, confidence]) => ({ class_name, confidence }));
  const judged = judgePhoto(photo({ ranking }), rules);
  expect([judged.verdict, judged.reasons[0]?.code]).toEqual([verdict, code]);
});

test.each([
  [[['LOT-250727', 0.9]], 'OK'],
  [[['LOT-25072', 0.9]], 'REVIEW'],
  [
    [
      ['LOT-250727', 0.9],
      ['VOID', 0.8],
    ],
    'NG',
  ],
  [[['LOT-250727', 0.4]], 'REVIEW'],
  [
    [
      ['VOID', 0.4],
      ['LOT-250727', 0.7],
    ],
    'OK',
  ],
  [[], 'REVIEW'],
] as const)('text: %j is %s', (read, verdict) => {
  const rules = item({ kind: 'text', criteria: [{ kind: 'categorical', accept: ['LOT-\\d{6}'], reject: ['VOID'] }] });
  expect(judgePhoto(photo({ texts: read.map(([text, confidence]) => ({ text, confidence })) }), rules).verdict).toBe(verdict);
});

test('a class that the run cannot report makes REVIEW, unless another one is NG', () => {
  const rules = item({ criteria: [{ ...scratch, classes: ['scratch', 'scrach'] }] });
  const judge = (confidence: number) =>
    judgePhoto(photo({ detections: [finding('scratch', confidence)], knownClasses: ['scratch', 'dent'] }), rules);
  expect(judge(0.1)).toMatchObject({ verdict: 'REVIEW', reasons: [{ code: 'CLASS_UNKNOWN', about: 'scrach' }] });
  expect(judge(0.9).verdict).toBe('NG');
});

const width = { kind: 'numerical', measure: 'width', lower: 9.95, upper: 10.05, unit: 'mm' };

test.each([
  [{}, 9.95, 'OK'],
  [{}, 10.05, 'OK'],
  [{}, 10.0500001, 'NG'],
  [{ decimals: 2 }, 10.054, 'OK'],
  [{ decimals: 2 }, 10.055, 'NG'],
  [{ rule: 'iso14253', u: 0.02 }, 9.9829, 'OK'],
  [{ rule: 'iso14253', u: 0.02 }, 10.0171, 'OK'],
  [{ rule: 'iso14253', u: 0.02 }, 10.0172, 'REVIEW'],
  [{ rule: 'iso14253', u: 0.02 }, 10.0828, 'REVIEW'],
  [{ rule: 'iso14253', u: 0.02 }, 10.0829, 'NG'],
  [{ rule: 'guarded', u: 0.02 }, 10.0171, 'OK'],
  [{ rule: 'guarded', u: 0.02 }, 10.0172, 'NG'],
  [{ calibration: { scale: 0.05, u: 0 } }, 201, 'OK'],
  [{ calibration: { scale: 0.05, u: 0 } }, 201.1, 'NG'],
  [{}, Number.NaN, 'REVIEW'],
])('9.95 to 10.05 with %j: %d is %s', (over, value, verdict) => {
  expect(judgePhoto(photo({ measures: { width: value } }), item({ criteria: [{ ...width, ...over }] })).verdict).toBe(verdict);
});

test('the conformance probabilities of JCGM 106:2012, 7.3.3', () => {
  expect(conformanceProbability(-5.47, 0.05, Number.NEGATIVE_INFINITY, -5.4)).toBeCloseTo(0.9192, 4);
  expect(conformanceProbability(509.7, 8.6, 490, Number.POSITIVE_INFINITY)).toBeCloseTo(0.989, 4);
});

test('the guarded rejection of JCGM 106:2012, 8.3.3: a limit of 100, u = 2 % of the value, 99.9 %: NG above 106.6', () => {
  const calibration = { scale: 1, u: 0.02 };
  const rules = item({ criteria: [{ kind: 'numerical', measure: 'rate', upper: 100, rule: 'iso14253', conformance: 0.999, calibration }] });
  const judge = (rate: number) => judgePhoto(photo({ measures: { rate } }), rules).verdict;
  expect([judge(106.5), judge(106.6)]).toEqual(['REVIEW', 'NG']);
  const [criterion] = rules.criteria;
  if (criterion?.kind !== 'numerical') throw new Error('a numerical criterion was made');
  // z = 3.09: reject above 100 / (1 − 0.0618).
  expect(guardBand(criterion, 106.587)).toBeCloseTo(6.587, 2);
});

test('confidence of a measure is the probability of its verdict', () => {
  const judge = (value: number) => judgePhoto(photo({ measures: { width: value } }), item({ criteria: [{ ...width, u: 0.02 }] }));
  // Φ(2.5) − Φ(−2.5), and what is left of Φ(0) − Φ(−5).
  expect(judge(10).confidence).toBeCloseTo(0.98758, 5);
  expect(judge(10.0501)).toMatchObject({ verdict: 'NG', reasons: [{ code: 'OUT_OF_TOLERANCE', limit: 10.05 }] });
  expect(judge(10.05 + 1e-9).confidence).toBeCloseTo(0.5, 5);
});

test.each([
  [10.055, 2, 10.06],
  [10.054, 2, 10.05],
  [-10.055, 2, -10.06],
  [1.005, 2, 1.01],
  [0.5, 0, 1],
  [-2.5, 0, -3],
  [0.04, 1, 0],
  [0.05, 1, 0.1],
  [1e-7, 3, 0],
  [123456789.5, 0, 123456790],
  [1.5e21, 2, 1.5e21],
  [0, 2, 0],
])('%d rounded to %i places is %d', (value, decimals, rounded) => {
  expect(roundHalfAway(value, decimals) + 0).toBe(rounded);
});

const confidence = fc.integer({ min: 0, max: 100 }).map((value) => value / 100);
const box = fc.tuple(...([0, 0, 1, 1] as const).map((min) => fc.integer({ min, max: 60 }))) as fc.Arbitrary<
  [number, number, number, number]
>;
const anyFinding = fc.tuple(fc.constantFrom('scratch', 'dent'), confidence, box).map((parts) => finding(...parts));
const limits = fc
  .tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300 }))
  .map(([one, other]) => [Math.min(one, other), Math.max(one, other)]);
const defectCriterion = fc.oneof(
  fc
    .tuple(confidence, confidence)
    .map(([one, other]) => ({ kind: 'binary', ng_confidence: Math.max(one, other), review_confidence: Math.min(one, other) })),
  fc
    .tuple(fc.constantFrom('count', 'area_px', 'max_area_px', 'max_length_px'), confidence, limits)
    .map(([measure, min_confidence, [review_above, ng_above]]) => ({
      kind: 'threshold',
      measure,
      classes: ['scratch'],
      min_confidence,
      review_above,
      ng_above,
    })),
);

test('one more finding never improves a verdict', () => {
  const rules = fc.record({
    criteria: fc.array(defectCriterion, { minLength: 1, maxLength: 3 }),
    combine: fc.constantFrom('all', 'any', { k_of_n: 1 }),
    regions: fc.constantFrom([], [{ name: 'left', shape: { kind: 'box', x: 0, y: 0, width: 40, height: 100 } }]),
    quality_gate: fc.constantFrom(undefined, { limits: [{ measure: 'sharpness', min: 10 }] }),
  });
  fc.assert(
    fc.property(rules, fc.array(anyFinding, { maxLength: 6 }), anyFinding, confidence, (document, detections, more, floor) => {
      const judge = (all: typeof detections) => judgePhoto(photo({ detections: all, floor }), item(document)).verdict;
      expect(rankOf(judge([...detections, more]))).toBeGreaterThanOrEqual(rankOf(judge(detections)));
    }),
    { numRuns: 1000 },
  );
});

test('a measure further from the middle of its tolerance never improves a verdict', () => {
  const rules = fc.record({ rule: fc.constantFrom('simple', 'guarded', 'iso14253'), decimals: fc.constantFrom(undefined, 1, 3) });
  const distance = fc.double({ min: 0, max: 3, noNaN: true });
  fc.assert(
    fc.property(rules, distance, distance, fc.constantFrom(-1, 1), (over, one, other, side) => {
      const criterion = { kind: 'numerical', measure: 'x', lower: 9, upper: 11, u: 0.3, ...over };
      const judge = (away: number) =>
        rankOf(judgePhoto(photo({ measures: { x: 10 + side * away } }), item({ criteria: [criterion] })).verdict);
      expect(judge(Math.max(one, other))).toBeGreaterThanOrEqual(judge(Math.min(one, other)));
    }),
  );
});
