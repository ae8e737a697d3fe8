import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findFaults, type House } from './check.ts';
import { importsOf } from './imports.ts';
import { owners, parts, reserved } from './rules.ts';

/** The real table, without what is excused in the real tree. */
const house: House = { parts, reserved, owners, exceptions: [] };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'imageflow-house-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function plant(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

const backend = 'apps/backend/src';
const room = `${backend}/rooms/executions/accept.ts`;

describe('refused, with the rule and the way out', () => {
  test.each([
    [room, "import { selectFile } from '../files/files.queries.ts';", 'A room is entered by its room.ts', 'as a parameter of openX'],
    [room, "import type { FileRow } from '../files/files.queries.ts';", 'A room is entered by its room.ts', 'as a parameter of openX'],
    [room, "import { sweep } from '../files/sweep.ts';", 'A room is entered by its room.ts', 'as a parameter of openX'],
    [room, "import { openBackend } from '../../backend.ts';", 'A room is entered by its room.ts', 'as a parameter of openX'],
    [
      room,
      "import { openProgram } from '../../../../services/src/main.ts';",
      'A room is entered by its room.ts',
      'as a parameter of openX',
    ],
    [room, "import { openDatabase } from '@imageflow/adapters/database';", 'are opened once, by the program', 'take them from the parts'],
    [
      `${backend}/rooms/inspection/masters/a.ts`,
      "import { x } from '../sessions/b.ts';",
      'A room is entered by its room.ts',
      'as a parameter of openX',
    ],
    [
      `${backend}/worker.ts`,
      "import { openBus } from '@imageflow/adapters/bus';",
      'are opened once, by the program',
      'take them from the parts',
    ],
    [`${backend}/doors/guard.ts`, "import { signIn } from '../rooms/accounts/room.ts';", 'Doors know no room', 'mount itself on the door'],
    [`${backend}/engine/run.ts`, "import { toPage } from '../doors/page.ts';", 'The engine knows no door', 'needs of openEngine'],
    [`${backend}/engine/run.ts`, "import type { FastifyInstance } from 'fastify';", 'The engine knows no door', 'needs of openEngine'],
    [`${backend}/runtime/parts.ts`, "import { seed } from '../rooms/pipelines/room.ts';", 'the ground of the backend', 'hand in'],
    [`${backend}/worker.ts`, "import { sweep } from './rooms/files/sweep.ts';", 'A room is entered by its room.ts', 'openX'],
    ['packages/core/src/pipeline/check.ts', "import { run } from '../execution/runner.ts';", 'lower folders only', 'as a port'],
    ['packages/core/src/pipeline/check.ts', "import { z } from 'zod';", 'The core imports nothing but itself', 'as a port'],
    [
      'packages/contract/src/define.ts',
      "import { status } from '@grpc/grpc-js';",
      'neither Node nor gRPC',
      'packages/adapters or packages/grpc',
    ],
    [
      'packages/contract/src/define.ts',
      "import { readFileSync } from 'node:fs';",
      'neither Node nor gRPC',
      'packages/adapters or packages/grpc',
    ],
    [
      'packages/client/src/call.ts',
      "import { openDatabase } from '@imageflow/adapters/database';",
      'nor anything above it',
      'packages/adapters',
    ],
    ['packages/schema/src/check.ts', "import { Ajv2020 } from 'ajv/dist/2020.js';", 'What runs in pages', 'packages/adapters'],
    ['packages/adapters/src/bus/index.ts', "import { createClient } from '@imageflow/client';", 'no program', 'as a parameter'],
    ['apps/web/src/main.ts', "export * from '@imageflow/adapters/bus';", 'What runs in pages', 'packages/adapters'],
    ['apps/web/src/main.ts', "import { Client } from '@grpc/grpc-js';", 'What runs in pages', 'packages/adapters'],
    ['apps/cli/src/up.ts', "import '@imageflow/backend';", 'programs are started, not imported', '@imageflow/client'],
    [
      'apps/cli/src/up.ts',
      "import { copyTestDatabase } from '@imageflow/adapters/database/testing';",
      'The command line',
      '@imageflow/client',
    ],
    ['apps/services/src/steps/resize/resize.ts', "import { z } from '../filter/tone.ts';", 'no other step', 'scaffold/ or image/'],
    [
      'tests/e2e/journey.test.ts',
      "import { x } from '../../apps/backend/src/rooms/files/sweep.ts';",
      'by the front door',
      'use the client',
    ],
    ['bench/main.ts', "import { x } from '../apps/backend/src/engine/run.ts';", 'by the front door', 'use the client'],
    ['scripts/start.mjs', "const x = await import('../apps/backend/src/main.ts');", 'packages by their doors', 'export it'],
    ['examples/mine/service.ts', "import { AppError } from '@imageflow/core';", 'stands alone', 'into the example'],
    ['apps/other/src/main.ts', '', 'Each file has its part', 'write down the new one'],
  ])('%s with %s', async (file, text, rule, wayOut) => {
    await plant({ [file]: text });
    expect(findFaults(root, house)).toEqual([expect.stringMatching(new RegExp(`^${file}: [^]*"[^"]*${rule}[^"]*"; [^]*${wayOut}`))]);
  });
});

test.each([
  [`${backend}/rooms/streams/live/open.ts`, "import { selectArchive } from '../archive.queries.ts';"],
  [room, "import type { Files } from '../files/room.ts';\nimport { guard } from '../../doors/guard.ts';"],
  [room, "import type { Database } from '@imageflow/adapters/database';"],
  [`${backend}/rooms/inspection/masters/room.ts`, "import { x } from './masters.service.ts';"],
  [`${backend}/rooms/files/files.test.ts`, "import { copyTestDatabase, openDatabase } from '@imageflow/adapters/database/testing';"],
  [`${backend}/worker.ts`, "import { openFiles } from './rooms/files/room.ts';"],
  ['packages/core/src/execution/runner.ts', "import { plan } from '../pipeline/plan.ts';"],
  ['packages/core/src/execution/runner.test.ts', "import { test } from 'vitest';"],
  ['packages/contract/src/define.ts', "import { z } from 'zod';\nimport type { Action } from '@imageflow/core';"],
  ['packages/schema/src/compiled.ts', "import { Ajv2020 } from 'ajv/dist/2020.js';"],
  ['apps/web/src/main.tsx', "import { createClient } from '@imageflow/client';\nimport { createRoot } from 'react-dom/client';"],
  ['apps/cli/src/up.test.ts', "import { copyTestDatabase } from '@imageflow/adapters/database/testing';"],
])('right: %s with %s', async (file, text) => {
  await plant({ [file]: text });
  expect(findFaults(root, house)).toEqual([]);
});

test('a circle is refused, also of types', async () => {
  await plant({
    [`${backend}/engine/job.ts`]: "import type { Row } from './jobs.queries.ts';",
    [`${backend}/engine/jobs.queries.ts`]: "import type { Job } from './other.ts';",
    [`${backend}/engine/other.ts`]: "export type { Job } from './job.ts';",
  });
  expect(findFaults(root, house)).toEqual([
    `${backend}/engine/job.ts: ${backend}/engine/jobs.queries.ts → ${backend}/engine/other.ts → ${backend}/engine/job.ts
    breaks the rule "No imports in a circle, types included"; move what both need to a file below them.`,
  ]);
});

test('rooms that need each other are refused, though no two files do', async () => {
  await plant({
    [`${backend}/rooms/files/room.ts`]: '',
    [`${backend}/rooms/files/sweep.ts`]: "import type { Pool } from '../pool/room.ts';",
    [`${backend}/rooms/pool/room.ts`]: '',
    [`${backend}/rooms/pool/cache.ts`]: "import type { Files } from '../files/room.ts';",
  });
  expect(findFaults(root, house)).toEqual([
    expect.stringContaining('rooms/files: rooms/pool → rooms/files\n    breaks the rule "No circle of rooms"'),
  ]);
});

test('a table is named only where it is owned, in methods and in texts of SQL', async () => {
  const query = "db.selectFrom('pipelines as p').innerJoin('pipeline_versions', 'a', 'b');\nsql<Row>`select * from users where id = 1`;";
  await plant({
    [`${backend}/rooms/pipelines/pipelines.queries.ts`]: query,
    [`${backend}/rooms/pipelines/pipelines.test.ts`]: query,
    [`${backend}/rooms/accounts/users.queries.ts`]: '/** What comes from files. */\nsql`update "users" set name = 1`',
  });
  expect(findFaults(root, house)).toEqual([
    `${backend}/rooms/pipelines/pipelines.queries.ts: table users
    breaks the rule "A table is named only in the room that owns it"; ask the service of the room that owns it, or read a view.`,
  ]);
});

test('an exception excuses its import only, and is refused when it is not needed', async () => {
  await plant({ [room]: "import { sweep } from '../files/sweep.ts';" });
  const exception = { file: room, target: `${backend}/rooms/files/sweep.ts` };
  expect(findFaults(root, { ...house, exceptions: [exception] })).toEqual([]);
  await plant({ [room]: '' });
  expect(findFaults(root, { ...house, exceptions: [exception] })).toEqual([expect.stringContaining('is not needed any more; delete it')]);
});

test('imports over several lines, of types, of effects and at run time are all seen', () => {
  const text =
    "import {\n  a,\n  type B as C,\n} from 'one';\nimport type { D } from './two.ts';\nimport 'fs';\nexport * from 'four/sub';\nawait import('@a/b/c');";
  expect(importsOf('packages/x/src/y.ts', text).map(({ target, names }) => [target, ...names])).toEqual([
    ['npm:one', 'a', 'B'],
    ['packages/x/src/two.ts', 'D'],
    ['npm:four'],
    ['node:fs'],
    ['npm:@a/b'],
  ]);
});
