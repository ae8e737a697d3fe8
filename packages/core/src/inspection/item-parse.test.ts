import { expect, test } from 'vitest';
import { parseItem } from './item-parse.ts';

const triangle = [
  { x: 0, y: 0 },
  { x: 10, y: 0 },
  { x: 0, y: 10 },
];

test('what an item leaves out has its usual value', () => {
  expect(parseItem({ name: { ja: '表面', en: 'Surface' } }).item).toEqual({
    name: { ja: '表面', en: 'Surface' },
    kind: 'visual',
    order: 0,
    required: true,
    parameters: {},
    overridable: ['confidence_threshold', 'model_name'],
    criteria: [],
    combine: 'all',
    regions: [],
    photos: { min: 1, max: 32, aggregate: 'worst' },
    human_verification: 'on_review',
    second_opinion: 'on_critical',
    sampling: { ok: 0.02, ng: 1 },
    defect_required: false,
  });
});

test('criteria get their defaults', () => {
  const criteria = [
    { kind: 'binary' },
    { kind: 'threshold', measure: 'count', ng_above: 2 },
    { kind: 'categorical', accept: ['good'] },
    { kind: 'numerical', measure: 'width', upper: 3 },
  ];
  expect(parseItem({ name: 'x', criteria }).item?.criteria).toEqual([
    { kind: 'binary', classes: '*', ng_confidence: 0.5, review_confidence: 0.5 },
    { kind: 'threshold', measure: 'count', classes: '*', min_confidence: 0.5, ng_above: 2 },
    { kind: 'categorical', accept: ['good'], reject: [], min_confidence: 0.5, otherwise: 'REVIEW' },
    { kind: 'numerical', measure: 'width', upper: 3, unit: '', calibration: { scale: 1, u: 0 }, u: 0, rule: 'simple', conformance: 0.95 },
  ]);
});

const binary = { kind: 'binary', classes: ['scratch'] };
const count = { kind: 'threshold', measure: 'count' };
const width = { kind: 'numerical', measure: 'width', lower: 9.95, upper: 10.05 };

test.each([
  [
    { criteria: [{ ...binary, ng_confidence: 0.3, review_confidence: 0.5 }] },
    'criteria[0].review_confidence',
    'at most ng_confidence (0.3)',
  ],
  [{ criteria: [binary, { kind: 'binary', classes: [] }] }, 'criteria[1].classes', 'must name a class'],
  [{ criteria: [{ kind: 'binary', classes: ['a', 'a'] }] }, 'criteria[0].classes[1]', 'repeats "a"'],
  [{ criteria: [{ ...binary, ng_confidence: 1.5 }] }, 'criteria[0].ng_confidence', 'a number from 0 to 1'],
  [{ criteria: [{ ...binary, ng_confidnce: 1 }] }, 'criteria[0].ng_confidnce', 'is not known'],
  [{ criteria: [{ kind: 'fuzzy' }] }, 'criteria[0].kind', 'must be one of binary, threshold, categorical, numerical'],
  [{ criteria: [{}] }, 'criteria[0].kind', 'is required'],
  [{ criteria: ['binary'] }, 'criteria[0]', 'must be an object'],
  [{ criteria: Array.from({ length: 33 }, () => binary) }, 'criteria', 'at most 32'],
  [{ criteria: [count] }, 'criteria[0]', 'needs a limit'],
  [{ criteria: [{ kind: 'threshold', ng_above: 1 }] }, 'criteria[0].measure', 'is required'],
  [{ criteria: [{ ...count, ng_above: 1, review_above: 2 }] }, 'criteria[0].review_above', 'at most ng_above (1)'],
  [{ criteria: [{ ...count, ng_below: 2, review_below: 1 }] }, 'criteria[0].review_below', 'at least ng_below (2)'],
  [{ criteria: [{ ...count, ng_below: 5, ng_above: 2 }] }, 'criteria[0]', 'lets no value be OK'],
  [{ criteria: [{ kind: 'categorical' }] }, 'criteria[0]', 'needs a name in accept or reject'],
  [{ criteria: [{ kind: 'categorical', accept: ['a'], reject: ['a'] }] }, 'criteria[0].reject', 'which accept has too'],
  [
    { kind: 'text', criteria: [{ kind: 'categorical', accept: ['A('] }] },
    'criteria[0].accept[0]',
    'has a "(" that is never closed (character 2)',
  ],
  [{ criteria: [{ kind: 'numerical', measure: 'x' }] }, 'criteria[0]', 'needs lower or upper'],
  [{ criteria: [{ ...width, lower: 11 }] }, 'criteria[0].lower', 'less than upper'],
  [{ criteria: [{ ...width, rule: 'iso14253' }] }, 'criteria[0].u', 'is needed by the rule iso14253'],
  [{ criteria: [{ ...width, rule: 'iso14253', u: 0.031 }] }, 'criteria[0].u', 'guard bands of 0.1020 fill the tolerance of 0.1000'],
  [{ criteria: [{ ...width, calibration: { scale: 0 } }] }, 'criteria[0].calibration.scale', 'must be a number from'],
  [{ criteria: [binary], combine: { k_of_n: 2 } }, 'combine.k_of_n', 'from 1 to 1'],
  [{ combine: 'most' }, 'combine', 'must be one of all, any'],
  [{ criteria: [binary], photos: { aggregate: 'best' } }, 'photos.aggregate', 'would hide a defect'],
  [{ photos: { min: 3, max: 2 } }, 'photos.max', 'at least min (3)'],
  [{ quality_gate: { limits: [{ measure: 'sharpness' }] } }, 'quality_gate.limits[0]', 'needs min or max'],
  [{ quality_gate: { limits: [{ measure: 's', min: 2, max: 1 }] } }, 'quality_gate.limits[0].min', 'at most max (1)'],
  [{ regions: [{ name: 'a', shape: { kind: 'box', x: 0, y: 0, width: 0, height: 1 } }] }, 'regions[0].shape.width', 'from 1 to'],
  [{ regions: [{ name: 'a', shape: { kind: 'circle', x: 0, y: 0 } }] }, 'regions[0].shape.radius', 'is required'],
  [{ regions: [{ name: 'a', shape: { kind: 'polygon', points: triangle.slice(1) } }] }, 'regions[0].shape.points', '3 to 64 points'],
  [
    { regions: [{ name: 'a', shape: { kind: 'polygon', points: [...triangle.slice(0, 2), { x: 0, y: 5 }, { x: 10, y: 5 }] } }] },
    'regions[0].shape.points',
    'crosses itself',
  ],
  [
    { regions: ['x', 'y'].map(() => ({ name: 'a', shape: { kind: 'polygon', points: triangle } })) },
    'regions[1].name',
    'is the name of another region',
  ],
  [{ sampling: { ok: 2 } }, 'sampling.ok', 'from 0 to 1'],
  [{ name: { ja: '表面' } }, 'name.en', 'is required'],
  [{ name: '' }, 'name', 'must not be empty'],
  [{ human_verification: 'sometimes' }, 'human_verification', 'must be one of never, on_review, sampled, always'],
  [{ regon: [] }, 'regon', 'is not known'],
])('%j has a fault at %s: %s', (over, field, message) => {
  const { item, faults } = parseItem({ name: 'x', ...over });
  expect(item).toBeUndefined();
  expect(faults).toHaveLength(1);
  expect(faults[0]?.field).toBe(field);
  expect(faults[0]?.message.en).toContain(message);
});

test('every fault is told at once, by its place in what was sent', () => {
  const { faults } = parseItem(
    {
      kind: 'x',
      criteria: [
        { kind: 'binary', ng_confidence: 2 },
        { kind: 'numerical', measure: 'a' },
      ],
    },
    'rows[3]',
  );
  expect(faults.map((fault) => fault.field)).toEqual([
    'rows[3].kind',
    'rows[3].criteria[0].ng_confidence',
    'rows[3].criteria[1]',
    'rows[3].name',
  ]);
});
