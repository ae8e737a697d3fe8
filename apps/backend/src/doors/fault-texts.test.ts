import { expect, test } from 'vitest';
import { z } from 'zod';
import { faultTexts } from './fault-texts.ts';

test.each([
  [z.string(), undefined, '必須です', 'is required'],
  [z.string(), 7, '文字列にしてください', 'must be a text'],
  [z.boolean(), 'yes', '真偽値 (true / false)にしてください', 'must be true or false'],
  [z.enum(['low', 'high']), 'middle', '次のどれかにしてください: low, high', 'must be one of low, high'],
  [z.string().min(8), 'short', '8 文字以上にしてください', 'must have at least 8 characters'],
  [z.int().max(200), 1000, '200 以下にしてください', 'must be at most 200'],
  [z.number().gt(0), 0, '0 より大きくしてください', 'must be more than 0'],
  [z.array(z.string()).max(1), ['a', 'b'], '1 個以下にしてください', 'must have at most 1 items'],
  [z.uuid(), 'x', 'UUID にしてください', 'must be a UUID'],
])('%# is told in both languages', (schema, value, ja, en) => {
  const text = (language: 'ja' | 'en') => schema.safeParse(value, { error: faultTexts[language] }).error?.issues[0]?.message;
  expect([text('ja'), text('en')]).toEqual([ja, en]);
});

test('rare kinds keep the texts of the library', () => {
  const { error } = z.string().regex(/^a/).safeParse('b', { error: faultTexts.ja });
  expect(error?.issues[0]?.message).toContain('/^a/');
});
