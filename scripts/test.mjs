// `npm test`: installs what is missing and runs the tests; arguments go to Vitest.
import { join } from 'node:path';
import { ensureInstalled, root, runUnderNode24 } from './bootstrap.mjs';

ensureInstalled();
await runUnderNode24(join(root, 'node_modules/vitest/vitest.mjs'), ['run', ...process.argv.slice(2)]);
