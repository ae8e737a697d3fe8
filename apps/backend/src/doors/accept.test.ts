import { expect, test } from 'vitest';
import { accepts } from './accept.ts';

test.each([
  [undefined, true],
  ['', true],
  ['*/*', true],
  ['application/*', true],
  ['application/json', true],
  ['APPLICATION/JSON; charset=utf-8', true],
  ['text/html, application/json;q=0.1', true],
  ['text/html', false],
  ['application/xml, text/*', false],
  ['*/*, application/json;q=0', false],
  ['application/json;q=nonsense', false],
])('Accept %s takes JSON: %s', (accept, taken) => {
  expect(accepts(accept, 'application/json')).toBe(taken);
});
