import { expect, test } from 'vitest';
import { chooseLanguage } from './language.ts';

test.each([
  [undefined, 'ja'],
  ['', 'ja'],
  ['*', 'ja'],
  ['en', 'en'],
  ['en-GB,en;q=0.9', 'en'],
  ['ja,en;q=0.9', 'ja'],
  ['ja;q=0.4, en;q=0.8', 'en'],
  ['fr-FR, fr;q=0.9', 'ja'],
  ['fr, en;q=0.1', 'en'],
  ['en;q=0', 'ja'],
  ['en;q=nonsense', 'ja'],
  [`${'x,'.repeat(100_000)}en`, 'ja'],
])('Accept-Language %s is answered in %s', (header, language) => {
  expect(chooseLanguage(header)).toBe(language);
});
