#!/usr/bin/env node
// Finds a Node that is new enough and starts the program under it.
import { join } from 'node:path';
import { root, runUnderNode24 } from '../../../scripts/bootstrap.mjs';

await runUnderNode24(join(root, 'apps/cli/src/main.ts'), process.argv.slice(2));
