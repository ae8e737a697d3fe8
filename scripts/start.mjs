// `npm start`: installs what is missing, builds the pages and starts everything embedded.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, findNode24, root, runUnderNode24 } from './bootstrap.mjs';

ensureInstalled();
// The pages, when they have changed. Without them the server still works; without Node 24 the next line stops.
const node = findNode24();
if (node !== undefined && spawnSync(node, [join(root, 'apps/web/build.ts')], { stdio: 'inherit' }).status !== 0) {
  console.error('The pages could not be built; the API starts without them, or with the last ones.');
}
await runUnderNode24(join(root, 'apps/cli/src/main.ts'), ['up', ...process.argv.slice(2)]);
