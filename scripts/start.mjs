// `npm start`: installs what is missing and starts everything embedded.
import { join } from 'node:path';
import { ensureInstalled, root, runUnderNode24 } from './bootstrap.mjs';

ensureInstalled();
await runUnderNode24(join(root, 'apps/cli/src/main.ts'), ['up', ...process.argv.slice(2)]);
