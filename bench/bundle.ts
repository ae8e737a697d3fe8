/** `npm run bundle`: what a page loads of our packages, in KiB, minified and by gzip, and whether anything of it needs Node. */
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

interface Piece {
  readonly name: string;
  readonly code: string;
  /** Minified KiB. */
  readonly limit?: number;
}

export const pieces: readonly Piece[] = [
  { name: 'one route', code: `export { componentRoutes } from '@imageflow/contract';`, limit: 95 },
  { name: 'topics', code: `export { topics } from '@imageflow/contract';` },
  { name: 'client', code: `export { createClient } from '@imageflow/client';` },
  { name: 'pipeline check', code: `export { checkPipeline, parseDefinition } from '@imageflow/core';`, limit: 20 },
  { name: 'schema check', code: `export { checkJsonSchema } from '@imageflow/schema';` },
  { name: 'schema check, defaults and form', code: `export { checkJsonSchema, createForm, fillDefaults } from '@imageflow/schema';` },
];

export interface Bundle {
  readonly minifiedKib: number;
  readonly gzipKib: number;
  /** Modules of Node that the page would have to have. */
  readonly builtins: readonly string[];
  /** It makes code from texts, which a strict Content-Security-Policy forbids. */
  readonly makesCode: boolean;
}

export async function bundle(code: string): Promise<Bundle> {
  const entry = join(import.meta.dirname, 'page.js');
  const builtins = new Set<string>();
  const build = await rolldown({
    input: entry,
    platform: 'browser',
    onLog: (_level, { code, message }) => {
      // Left out of the bundle it would make it small.
      if (code === 'UNRESOLVED_IMPORT') throw new Error(message);
    },
    plugins: [
      {
        name: 'page',
        resolveId: (id) => {
          if (isBuiltin(id)) builtins.add(id);
          return id === entry ? id : isBuiltin(id) ? { id, external: true } : undefined;
        },
        load: (id) => (id === entry ? code : undefined),
      },
    ],
  });
  try {
    const { output } = await build.generate({ minify: true });
    const text = output.map((part) => (part.type === 'chunk' ? part.code : '')).join('');
    return {
      minifiedKib: toKib(Buffer.byteLength(text)),
      gzipKib: toKib(gzipSync(text).byteLength),
      builtins: [...builtins],
      makesCode: /(?<![.\w$])(?:Function|eval)\(/.test(text),
    };
  } finally {
    await build.close();
  }
}

function toKib(bytes: number): number {
  return Math.round((bytes / 1024) * 10) / 10;
}

async function main(): Promise<void> {
  console.log(`${'what'.padEnd(34)}${'KiB'.padStart(7)}${'gzip'.padStart(7)}${'goal'.padStart(7)}  Node built-ins`);
  for (const { name, code, limit } of pieces) {
    const { minifiedKib, gzipKib, builtins } = await bundle(code);
    const columns = [minifiedKib.toFixed(1), gzipKib.toFixed(1), limit === undefined ? '' : `≤ ${limit}`];
    console.log(`${name.padEnd(34)}${columns.map((text) => text.padStart(7)).join('')}  ${builtins.join(', ') || 'none'}`);
    if (builtins.length > 0 || minifiedKib > (limit ?? Infinity)) process.exitCode = 1;
  }
}

if (import.meta.main) await main();
