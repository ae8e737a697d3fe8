/** `npm run check`: everything a change must pass, each step named with its time. `--static` leaves the tests out. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findFaults } from './house/check.ts';

const root = join(import.meta.dirname, '..');
const bin = (...path: string[]): string => join(root, 'node_modules', ...path);

interface Step {
  readonly name: string;
  readonly run: () => boolean;
}

const steps: readonly Step[] = [
  { name: 'format and lint', run: () => command(bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.') },
  { name: 'types', run: () => command(bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json') },
  // What runs in pages: without Node, the first three without a DOM either.
  ...['core', 'schema', 'contract', 'client'].map((name) => ({
    name: `types of ${name} without Node`,
    run: () => command(bin('typescript/bin/tsc'), '--noEmit', '-p', `packages/${name}/tsconfig.json`),
  })),
  { name: 'types of the pages', run: () => command(bin('typescript/bin/tsc'), '--noEmit', '-p', 'apps/web/tsconfig.json') },
  { name: 'unused files and dependencies', run: () => command(bin('knip/bin/knip.js')) },
  { name: 'the house: imports, circles, tables', run: checkHouse },
  { name: 'generated files and protos', run: () => command(join(root, 'scripts/generate.ts'), '--check') },
];
const tests: Step = { name: 'tests', run: () => command(bin('vitest/vitest.mjs'), 'run') };

function command(program: string, ...args: readonly string[]): boolean {
  return spawnSync(process.execPath, [program, ...args], { cwd: root, stdio: 'inherit' }).status === 0;
}

function checkHouse(): boolean {
  const faults = findFaults(root);
  for (const fault of faults) console.error(fault);
  return faults.length === 0;
}

function main(): void {
  const chosen = process.argv.includes('--static') ? steps : [...steps, tests];
  const failed: string[] = [];
  for (const { name, run } of chosen) {
    console.log(`\n── ${name}`);
    const startedAt = performance.now();
    const isPassed = run();
    if (!isPassed) failed.push(name);
    console.log(`${isPassed ? 'ok' : 'FAILED'} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  }
  console.log(failed.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failed.join(', ')}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

main();
