import { defineConfig } from 'vitest/config';

/** What runs in pages under a strict Content-Security-Policy; the compiled check is for servers. */
const pages = { include: ['packages/schema/**/*.test.ts'], exclude: ['**/compiled.test.ts'] };

export default defineConfig({
  test: {
    pool: 'forks',
    // Tests start real databases and services; more of them than cores only makes each slower.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', './scripts/plain-summary.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['packages/**/*.test.ts', 'apps/**/*.test.ts', 'scripts/**/*.test.ts', 'tests/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['**/node_modules/**', 'packages/schema/**/!(compiled).test.ts'],
        },
      },
      { extends: true, test: { name: 'without code from strings', ...pages, execArgv: ['--disallow-code-generation-from-strings'] } },
    ],
  },
});
