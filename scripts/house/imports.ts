/** What the files of the tree import: paths inside the tree, else "node:fs", "npm:fastify", "@imageflow/core". */
import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, posix } from 'node:path';

export interface Import {
  readonly file: string;
  /** As it is written. */
  readonly specifier: string;
  /** What it leads to. */
  readonly target: string;
  /** Names that are taken from it; none for `import 'x'`, `import('x')` and `* as x`. */
  readonly names: readonly string[];
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const sources = ['{packages,apps}/*/src/**/*.{ts,tsx}', '{scripts,tests,bench,examples}/**/*.{ts,tsx,mjs}'];

export function readSources(root: string): readonly SourceFile[] {
  return globSync(sources, { cwd: root, exclude: (name) => name === 'node_modules' || name === 'gen' }).map((name) => {
    const path = name.replaceAll('\\', '/');
    const text = readFileSync(join(root, name), 'utf8');
    return { path, text, imports: importsOf(path, text) };
  });
}

const statements = [
  /^\s*(?:import|export)\b(?<clause>[^'"`;]*?)\bfrom\s+['"](?<specifier>[^'"]+)['"]/gm,
  /^\s*import\s+['"](?<specifier>[^'"]+)['"]/gm,
  /\bimport\(\s*['"](?<specifier>[^'"]+)['"]\s*\)/g,
];

export function importsOf(file: string, text: string): readonly Import[] {
  return statements.flatMap((statement) =>
    [...text.matchAll(statement)].map(({ groups }) => {
      const specifier = groups?.specifier ?? '';
      return { file, specifier, target: toTarget(file, specifier), names: namesIn(groups?.clause ?? '') };
    }),
  );
}

function namesIn(clause: string): readonly string[] {
  const list = /\{([^}]*)\}/.exec(clause)?.[1] ?? '';
  return list.split(',').flatMap(
    (part) =>
      part
        .trim()
        .replace(/^type\s+/, '')
        .split(/\s+as\s+/)[0] || [],
  );
}

function toTarget(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(dirname(file), specifier);
  if (specifier.startsWith('node:')) return specifier;
  if (isBuiltin(specifier)) return `node:${specifier}`;
  if (specifier === 'imageflow' || specifier.startsWith('@imageflow/')) return specifier;
  return `npm:${specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')}`;
}
