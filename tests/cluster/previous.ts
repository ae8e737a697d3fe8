/** The version before the newest migration, taken from the project's history, with the packages that it was made with. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const migrations = 'packages/adapters/src/database/migrations';
const programs = ['apps', 'packages', 'models', 'package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'tsconfig.base.json'];
const installMs = 240_000;

export interface Previous {
  readonly commit: string;
  /** Name of its newest migration. */
  readonly migration: string;
}

/** Undefined where the history is not here, e.g. in a copy without it. */
export function findPrevious(): Previous | undefined {
  const added = git('log', '--diff-filter=A', '--format=%H', '-1', '--', migrations);
  const commit = added && git('rev-parse', '--verify', '--quiet', `${added}^`);
  const names = commit && git('ls-tree', '--name-only', `${commit}:${migrations}`);
  const migration = names ? names.split('\n').toSorted().at(-1)?.replace('.ts', '') : undefined;
  return commit && migration ? { commit, migration } : undefined;
}

function git(...words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', [...words], { cwd: root, encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

/** Its programs can be started from the folder. */
export function unpack({ commit }: Previous, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const archive = execFileSync('git', ['archive', commit, ...programs], { cwd: root, maxBuffer: 2 ** 29 });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  install(folder);
}

/** What this version no longer needs is not installed here any more. */
function install(folder: string): void {
  const words = ['ci', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline'];
  execFileSync('npm', words, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], timeout: installMs });
}
