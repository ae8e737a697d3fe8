import { expect, test } from 'vitest';
import { bundle, pieces } from './bundle.ts';

test.each(pieces)('$name is small enough for a page and needs nothing of Node', async ({ code, limit }) => {
  const { minifiedKib, builtins } = await bundle(code);
  expect(builtins).toEqual([]);
  expect(minifiedKib).toBeGreaterThan(0);
  expect(minifiedKib).toBeLessThanOrEqual(limit ?? Infinity);
});

test('the check of a schema in a page makes no code from texts; the one of servers does', async () => {
  expect(await bundle(`export { checkJsonSchema, createForm } from '@imageflow/schema';`)).toMatchObject({ makesCode: false });
  expect(await bundle(`export { checkJsonSchema } from '@imageflow/schema/compiled';`)).toMatchObject({ makesCode: true });
});

test('a piece that is not there is refused, not counted as nothing', async () => {
  await expect(bundle(`export { x } from '@imageflow/nowhere';`)).rejects.toThrow('@imageflow/nowhere');
});

test('what needs Node is named', async () => {
  expect(await bundle(`export { Client } from '@grpc/grpc-js';`)).toMatchObject({ builtins: expect.arrayContaining(['http2']) });
});
