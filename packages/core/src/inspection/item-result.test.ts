import { expect, test } from 'vitest';
import type { PeopleRules } from './item.ts';
import { closeItem, deriveItemResult, type JudgementFact, type JudgementKind } from './item-result.ts';
import type { Verdict } from './verdict.ts';

const usual: PeopleRules = { human_verification: 'on_review', second_opinion: 'on_critical' };
const rules = (over: Partial<PeopleRules> = {}): PeopleRules => ({ ...usual, ...over });

type Told = readonly [JudgementKind, Verdict, Partial<JudgementFact>?];

function derive(told: readonly Told[], people = usual, round = 1) {
  const judgements = told.map(([kind, verdict, over], index): JudgementFact => {
    const by = kind === 'human' ? 'ann' : kind === 'second' ? 'ben' : kind === 'resolution' ? 'eve' : undefined;
    return { id: `j${index}`, kind, verdict, round: 1, judgedBy: by, ...over };
  });
  return deriveItemResult(judgements, people, round);
}

const critical = { worstSeverity: 'critical' } as const;

test.each<readonly [string, readonly Told[], PeopleRules, string, Verdict | undefined]>([
  ['nothing yet', [], usual, 'pending', undefined],
  ['AI OK', [['ai', 'OK']], usual, 'ai_judged', 'OK'],
  ['AI NG', [['ai', 'NG']], rules({ human_verification: 'never' }), 'ai_judged', 'NG'],
  ['AI REVIEW', [['ai', 'REVIEW']], rules({ human_verification: 'never' }), 'review', 'REVIEW'],
  ['AI REVIEW, sampled', [['ai', 'REVIEW']], rules({ human_verification: 'sampled' }), 'review', 'REVIEW'],
  ['AI OK, a person always looks', [['ai', 'OK']], rules({ human_verification: 'always' }), 'pending', undefined],
  [
    'AI OK, person NG',
    [
      ['ai', 'OK'],
      ['human', 'NG'],
    ],
    usual,
    'judged',
    'NG',
  ],
  [
    'AI NG, person OK',
    [
      ['ai', 'NG'],
      ['human', 'OK'],
    ],
    usual,
    'judged',
    'OK',
  ],
  [
    'AI REVIEW, person OK',
    [
      ['ai', 'REVIEW'],
      ['human', 'OK'],
    ],
    usual,
    'judged',
    'OK',
  ],
  [
    'critical NG, person OK',
    [
      ['ai', 'NG', critical],
      ['human', 'OK'],
    ],
    usual,
    'review',
    'REVIEW',
  ],
  [
    'NG, person OK, two for a downgrade',
    [
      ['ai', 'NG'],
      ['human', 'OK'],
    ],
    rules({ second_opinion: 'on_downgrade' }),
    'review',
    'REVIEW',
  ],
  [
    'critical NG, two say OK',
    [
      ['ai', 'NG', critical],
      ['human', 'OK'],
      ['second', 'OK'],
    ],
    usual,
    'judged',
    'OK',
  ],
  [
    'critical NG, OK and NG',
    [
      ['ai', 'NG', critical],
      ['human', 'OK'],
      ['second', 'NG'],
    ],
    usual,
    'conflict',
    'NG',
  ],
  [
    'critical NG, OK and REVIEW',
    [
      ['ai', 'NG', critical],
      ['human', 'OK'],
      ['second', 'REVIEW'],
    ],
    usual,
    'review',
    'REVIEW',
  ],
  [
    'person REVIEW',
    [
      ['ai', 'OK'],
      ['human', 'REVIEW'],
    ],
    usual,
    'review',
    'REVIEW',
  ],
  [
    'person REVIEW, second OK',
    [
      ['human', 'REVIEW'],
      ['second', 'OK'],
    ],
    usual,
    'judged',
    'OK',
  ],
  [
    'person NG, second OK',
    [
      ['human', 'NG'],
      ['second', 'OK'],
    ],
    usual,
    'conflict',
    'NG',
  ],
  [
    'resolved',
    [
      ['human', 'NG'],
      ['second', 'OK'],
      ['resolution', 'OK'],
    ],
    usual,
    'judged',
    'OK',
  ],
  [
    'AI after the person',
    [
      ['human', 'OK'],
      ['ai', 'NG'],
    ],
    usual,
    'judged',
    'OK',
  ],
  [
    'a retake',
    [
      ['ai', 'NG'],
      ['ai', 'OK'],
    ],
    usual,
    'ai_judged',
    'OK',
  ],
  [
    'a shadow of another model',
    [
      ['ai', 'OK'],
      ['shadow', 'NG'],
    ],
    usual,
    'ai_judged',
    'OK',
  ],
  ['no AI, person OK', [['human', 'OK']], usual, 'judged', 'OK'],
  [
    'blind OK on NG',
    [
      ['ai', 'NG'],
      ['blind', 'OK'],
    ],
    usual,
    'ai_judged',
    'NG',
  ],
  [
    'blind NG on OK',
    [
      ['ai', 'OK'],
      ['blind', 'NG'],
    ],
    usual,
    'conflict',
    'OK',
  ],
  [
    'blind NG, resolved NG',
    [
      ['ai', 'OK'],
      ['blind', 'NG'],
      ['resolution', 'NG'],
    ],
    usual,
    'judged',
    'NG',
  ],
  [
    'blind NG, resolved OK',
    [
      ['ai', 'OK'],
      ['blind', 'NG'],
      ['resolution', 'OK'],
    ],
    usual,
    'judged',
    'OK',
  ],
])('%s', (_name, told, people, state, verdict) => {
  const result = derive(told, people);
  expect([result.state, result.verdict]).toEqual([state, verdict]);
});

test('a correction takes the place of what it replaces, and can end a conflict', () => {
  const other: Partial<JudgementFact> = { judgedBy: 'ben', contested: true };
  const two: readonly Told[] = [
    ['human', 'OK'],
    ['human', 'NG', other],
  ];
  expect(derive(two)).toMatchObject({ state: 'conflict', verdict: 'NG', opposed: [{ id: 'j0' }, { id: 'j1' }] });
  expect(derive([...two, ['human', 'NG', { replaces: 'j0' }]])).toMatchObject({ state: 'judged', verdict: 'NG', human: { id: 'j2' } });
  expect(derive([...two, ['human', 'OK', { ...other, replaces: 'j1' }]])).toMatchObject({
    state: 'judged',
    verdict: 'OK',
    human: { id: 'j0' },
  });
  expect(
    derive([
      ['human', 'OK'],
      ['human', 'NG', { replaces: 'j0' }],
    ]),
  ).toMatchObject({ state: 'judged', verdict: 'NG', human: { id: 'j1' } });
});

test('each round begins with nothing', () => {
  expect(
    derive(
      [
        ['ai', 'OK'],
        ['human', 'OK'],
      ],
      usual,
      2,
    ),
  ).toMatchObject({ state: 'pending', ai: undefined, human: undefined });
});

test('what counts as a false reject, and what as a suspected escape', () => {
  expect(
    derive([
      ['ai', 'NG'],
      ['human', 'OK'],
    ]).isFalseReject,
  ).toBe(true);
  expect(
    derive([
      ['ai', 'NG'],
      ['blind', 'OK'],
    ]).isFalseReject,
  ).toBe(true);
  expect(
    derive([
      ['ai', 'NG', critical],
      ['human', 'OK'],
    ]).isFalseReject,
  ).toBe(false);
  expect(
    derive([
      ['ai', 'REVIEW'],
      ['human', 'OK'],
    ]).isFalseReject,
  ).toBe(false);
  expect(
    derive([
      ['ai', 'OK'],
      ['blind', 'NG'],
    ]).isEscapeSuspected,
  ).toBe(true);
  expect(
    derive([
      ['ai', 'OK'],
      ['blind', 'REVIEW'],
    ]),
  ).toMatchObject({ isEscapeSuspected: false, state: 'ai_judged' });
});

test.each<readonly [readonly Told[], string | undefined]>([
  [[], 'judgement'],
  [[['ai', 'REVIEW']], 'person'],
  [
    [
      ['ai', 'NG', critical],
      ['human', 'OK'],
    ],
    'second',
  ],
  [[['human', 'REVIEW']], 'engineer'],
  [
    [
      ['human', 'NG'],
      ['second', 'OK'],
    ],
    'engineer',
  ],
  [[['ai', 'OK']], undefined],
])('after %j it is the turn of: %s', (told, wanted) => {
  expect(derive(told).wanted).toBe(wanted);
});

test('an optional item that nobody judged is skipped when its session is completed', () => {
  expect(closeItem(derive([]), false)).toMatchObject({ state: 'skipped', wanted: undefined });
  expect(closeItem(derive([]), true).state).toBe('pending');
  expect(closeItem(derive([['ai', 'NG']]), false).state).toBe('ai_judged');
});
