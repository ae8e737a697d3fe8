import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findWrongImports, importsOf } from './directions.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'imageflow-directions-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

test.each([
  ['packages/core/src/a.ts', "import { readFile } from 'node:fs';", 'is outside the core'],
  ['packages/core/src/a.test.ts', "import { test } from 'vitest';", undefined],
  ['packages/api/src/a.ts', "import type { Clock } from '@imageflow/core';", undefined],
  ['packages/api/src/a.ts', "export * from '@imageflow/adapters/bus';", 'may not be imported by packages/api'],
  ['apps/backend/src/x/a.ts', "import { openService } from '../../../services/src/serve.ts';", 'leaves apps/backend'],
  ['apps/backend/src/x/a.ts', "const y = await import('@imageflow/services');", 'may not be imported by apps/backend'],
  ['apps/backend/src/x/a.ts', "import { rows } from '../y/y.queries.ts';", 'is the inside of another room'],
  ['apps/backend/src/x/a.ts', "import { rows } from './x.queries.ts';", undefined],
  ['apps/backend/src/wire.ts', "import { rows } from './x/x.queries.ts';", undefined],
  ['apps/cli/src/a.ts', "import { createClient } from '@imageflow/api/client';", undefined],
  ['apps/cli/src/a.test.ts', "import { copyTestDatabase } from '@imageflow/adapters/database/testing';", undefined],
  ['apps/cli/src/a.ts', "import { copyTestDatabase } from '@imageflow/adapters/database/testing';", 'may not be imported by apps/cli'],
  ['apps/cli/src/a.ts', "import '@imageflow/backend';", 'may not be imported by apps/cli'],
])('%s with %s: %s', async (file, text, fault) => {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
  const wrong = findWrongImports(root);
  await rm(join(root, file));
  if (fault === undefined) expect(wrong).toEqual([]);
  else expect(wrong).toEqual([expect.stringContaining(fault)]);
});

test('imports over several lines, of types and of effects are all seen', () => {
  const text = "import {\n  a,\n  b,\n} from 'one';\nimport type { C } from 'two';\nimport 'three';\nexport { d } from 'four';\n";
  expect(importsOf(text).toSorted()).toEqual(['four', 'one', 'three', 'two']);
});
