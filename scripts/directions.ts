/** Which part of the tree may import which: the picture in ARCHITECTURE.md as a rule. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** What each part may import besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'packages/core': [],
  'packages/schema': ['@imageflow/core'],
  'packages/api': ['@imageflow/core'],
  'packages/adapters': ['@imageflow/core', '@imageflow/schema', '@imageflow/api'],
  'apps/backend': ['@imageflow/core', '@imageflow/schema', '@imageflow/api', '@imageflow/adapters'],
  'apps/services': ['@imageflow/core', '@imageflow/schema', '@imageflow/api', '@imageflow/adapters'],
  // The tools of the operator (migrate, backup, doctor) work on the engines themselves, also while no backend runs.
  'apps/cli': ['@imageflow/core', '@imageflow/api', '@imageflow/adapters'],
};

/** What the core's tests need; its sources import nothing. */
const testTools = /^(vitest|fast-check|node:)/;

/** One line for each import that points the wrong way. */
export function findWrongImports(root: string): string[] {
  return Object.keys(allowed).flatMap((part) => globSync(`${part}/src/**/*.ts`, { cwd: root }).flatMap((file) => check(root, part, file)));
}

function check(root: string, part: string, file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return importsOf(text).flatMap((specifier) => {
    const fault = specifier.startsWith('.') ? checkRelative(root, part, file, specifier) : checkPackage(part, file, specifier);
    return fault === undefined ? [] : [`${file}: "${specifier}" ${fault}`];
  });
}

export function importsOf(text: string): string[] {
  const patterns = [
    /^\s*(?:import|export)\b[^'"]*?\bfrom\s+['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
    /^\s*import\s+['"]([^'"]+)['"]/gm,
  ];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));
}

function checkPackage(part: string, file: string, specifier: string): string | undefined {
  if (part === 'packages/core') {
    const isTest = /\.(test|property\.test)\.ts$/.test(file);
    return isTest && testTools.test(specifier) ? undefined : 'is outside the core, which imports nothing';
  }
  if (specifier === 'imageflow' || specifier.startsWith('@imageflow/')) {
    // What a package offers to tests is for the tests of all.
    if (specifier.endsWith('/testing'))
      return /(\.test|\/testing)\.ts$/.test(file) ? undefined : `may not be imported by ${part}: it is for tests`;
    const name = specifier.split('/').slice(0, 2).join('/');
    return allowed[part]?.includes(name) ? undefined : `may not be imported by ${part}`;
  }
  return undefined;
}

function checkRelative(root: string, part: string, file: string, specifier: string): string | undefined {
  const target = relative(root, resolve(root, dirname(file), specifier))
    .split(sep)
    .join('/');
  // Real servers are for the tests of all.
  if (target === 'scripts/servers/index.ts' && /\.(test|contract)\.ts$/.test(file)) return undefined;
  if (!target.startsWith(`${part}/`)) return `leaves ${part}`;
  // A room's queries are its own: others ask its service. What lies above the rooms puts them together.
  const isForeignQueries = /\.queries\.ts$/.test(target) && !dirname(target).startsWith(dirname(file));
  return isForeignQueries ? 'is the inside of another room' : undefined;
}
