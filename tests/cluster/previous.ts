/** The version before the newest migration, taken from the project's history, with the packages that are installed here. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const migrations = 'packages/adapters/src/database/migrations';
const programs = ['apps', 'packages', 'models', 'package.json', 'tsconfig.json', 'tsconfig.base.json'];

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
  linkPackages(folder);
}

/** Those of others are this tree's; its own are in the folder. */
function linkPackages(folder: string): void {
  const [from, to] = [join(root, 'node_modules'), join(folder, 'node_modules')];
  mkdirSync(join(to, '@imageflow'), { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== '@imageflow' && !name.startsWith('.')) symlinkSync(join(from, name), join(to, name));
  }
  for (const place of ['packages', 'apps']) {
    for (const name of readdirSync(join(folder, place))) symlinkSync(join(folder, place, name), join(to, '@imageflow', name));
  }
}
