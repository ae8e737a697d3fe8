/** Which machine, which commit: a number without them is not a result. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gib: number;
  readonly system: string;
  readonly node: string;
  readonly commit: string;
  /** True when the tree has changes that are not committed. */
  readonly is_changed: boolean;
  readonly date: string;
  readonly load_before: number;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()}`,
    node: process.version,
    commit: git('rev-parse', '--short', 'HEAD'),
    is_changed: git('status', '--porcelain', '--untracked-files=no') !== '',
    date: new Date().toISOString(),
    load_before: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

function git(...words: string[]): string {
  try {
    return execFileSync('git', words, { encoding: 'utf8', cwd: import.meta.dirname }).trim();
  } catch {
    return 'unknown';
  }
}
