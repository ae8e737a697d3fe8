// `node scripts/with-node24.mjs <script> [arguments…]`: installs what is missing and runs a script of the project under Node 24.
import { resolve } from 'node:path';
import { ensureInstalled, root, runUnderNode24 } from './bootstrap.mjs';

const [script, ...args] = process.argv.slice(2);
if (script === undefined) {
  console.error('Which script? Usage: node scripts/with-node24.mjs <script> [arguments…]');
  process.exit(2);
}
ensureInstalled();
await runUnderNode24(resolve(root, script), args);
