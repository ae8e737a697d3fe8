// `npm test`: installs what is missing, servers included, and runs the tests; arguments go to Vitest.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, findNode24, root, runUnderNode24 } from './bootstrap.mjs';

ensureInstalled();
// A missing server is told by the tests that need it; without Node 24 the next line stops.
const node = findNode24();
if (node !== undefined) spawnSync(node, [join(root, 'scripts/servers/prepare.ts')], { stdio: 'inherit' });
await runUnderNode24(join(root, 'node_modules/vitest/vitest.mjs'), ['run', ...process.argv.slice(2)]);
