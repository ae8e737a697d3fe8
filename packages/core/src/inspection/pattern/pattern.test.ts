import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchPattern, parsePattern } from './match.ts';

function match(source: string, text: string): Readonly<Record<string, string>> | undefined {
  const pattern = parsePattern(source);
  if (pattern.kind === 'fault') throw new Error(pattern.message.en);
  return matchPattern(pattern, text);
}

test.each([
  ['LOT-\\d{6}', 'LOT-250727', true],
  ['LOT-\\d{6}', 'LOT-250727X', false],
  ['^A[1-9]$', 'A7', true],
  ['良品|合格', '合格', true],
  ['良品|合格', '不合格', false],
  ['[^0-9]+', 'ABC𠮷', true],
  ['A.C', 'A𠮷C', true],
  ['a{2,3}', 'a', false],
  ['a{2,3}', 'aaa', true],
  ['\\$5', '$5', true],
  ['\\\\', '\\', true],
  ['', '', true],
  ['(a*)*', 'aaaa', true],
])('%s against %s: %s', (source, text, fits) => {
  expect(match(source, text) !== undefined).toBe(fits);
});

test('groups are what a greedy expression captures', () => {
  expect(match('(?<gtin>\\d{14})-(?<serial>[A-Z]+\\d*)(x)?', '04912345678904-AB12')).toEqual({ gtin: '04912345678904', serial: 'AB12' });
  expect(match('(a+)(a*)', 'aaa')).toEqual({ 1: 'aaa', 2: '' });
});

test.each([
  ['(a', 'has a "(" that is never closed'],
  ['a)', 'has a ")" without its "("'],
  ['[a', 'has a "[" that is never closed'],
  ['[]', 'has an empty []'],
  ['[z-a]', 'has a range that is not first-last'],
  ['*a', 'cannot have "*" here; the character is \\*'],
  ['a**', 'has a repetition of a repetition'],
  ['a{200}', 'may repeat at most 100 times, the smaller number first'],
  ['a{3,2}', 'may repeat at most 100 times, the smaller number first'],
  ['a{x}', 'has a "{" that is not {n}, {n,}, {n,m} or \\{'],
  ['(?=a)', 'knows the groups (…), (?:…) and (?<name>…) only'],
  ['\\1', 'does not know \\1'],
  ['a\\', 'ends in a "\\"; the character is \\\\'],
  ['((a{90}){90})', 'repeats too much'],
  ['a'.repeat(201), 'may have at most 200 characters'],
])('%s is refused: it %s', (source, en) => {
  expect(parsePattern(source)).toMatchObject({ kind: 'fault', message: { en } });
});

test('what takes RegExp for ever takes a moment', () => {
  expect(match('(a+)+b', 'a'.repeat(2000))).toBeUndefined();
});

const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^b]', '\\d', '(a|b)', '(ab)', '(?:b)');
const source = fc
  .array(fc.tuple(atom, fc.constantFrom('', '?', '*', '+', '{2}', '{1,2}', '|')), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.map((part) => part.join('')).join(''));

test('it says what RegExp says', () => {
  fc.assert(
    fc.property(source, fc.stringMatching(/^[ab1]{0,8}$/), (pattern, text) => {
      const theirs = new RegExp(`^(?:${pattern})$`, 'su').exec(text);
      const ours = match(pattern, text);
      expect(ours !== undefined).toBe(theirs !== null);
      const captured = (theirs?.slice(1) ?? []).flatMap((value, index) => (value === undefined ? [] : [[String(index + 1), value]]));
      if (ours !== undefined) expect(Object.keys(ours).length).toBeGreaterThanOrEqual(captured.length);
    }),
    { numRuns: 2000 },
  );
});
