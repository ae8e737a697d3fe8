import { expect, test } from 'vitest';
import { checkJsonSchema } from './check.ts';
import { describeSchemaCheck } from './schema.contract.ts';

describeSchemaCheck('interpreted', checkJsonSchema);

test('this runs where code from strings is forbidden, as in a page under a strict policy', () => {
  expect(() => new Function('return 1')).toThrow('Code generation from strings disallowed');
});

test('what the interpreter cannot follow is refused, not passed over', () => {
  expect(() => checkJsonSchema({ $dynamicRef: '#node' }, 1)).toThrow('"$dynamicRef" is not supported');
});

test('a name that is half a character is a name', () => {
  expect(checkJsonSchema({ additionalProperties: false }, { '\ud83d': 1 })).toMatchObject([{ path: '/\ufffd' }]);
});
