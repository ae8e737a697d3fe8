/** Processes of this machine: which belong to which, and how they are ended. */
import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 20;

/** The process and all it has started, itself first. PostgreSQL's children are groups of their own, so a signal to the group is not enough. */
function treeOf(pid: number): readonly number[] {
  const parents = listParents();
  const tree = [pid];
  for (const parent of tree) for (const [child, of] of parents) if (of === parent) tree.push(child);
  return tree;
}

function listParents(): ReadonlyMap<number, number> {
  return new Map(ps('-A', '-o', 'pid=,ppid=').map((line) => line.trim().split(/\s+/).map(Number) as [number, number]));
}

export function signalTree(pid: number, signal: NodeJS.Signals): void {
  for (const each of treeOf(pid)) sendSignal(each, signal);
}

/** Stops the process and all it has started, and looks until they stand still: on a busy machine they go on for a moment. */
export function stopTree(pid: number): void {
  signalTree(pid, 'SIGSTOP');
  const tree = treeOf(pid);
  for (let looks = 0; looks < 100 && runningOf(tree).length > 0; looks += 1);
}

function runningOf(pids: readonly number[]): readonly string[] {
  return ps('-o', 'stat=', '-p', pids.join(',')).filter((stat) => !/^[TtZ]/.test(stat.trim()));
}

/** No error when there is no such process any more. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

export function isAlive(pid: number): boolean {
  return livingOf([pid]).length > 0;
}

/** Those that run. One that has ended, but whose end nobody has asked for yet, does not. */
function livingOf(pids: readonly number[]): readonly number[] {
  const lines = ps('-o', 'pid=,stat=', '-p', pids.join(','));
  return lines.map((line) => line.trim().split(/\s+/)).flatMap(([pid, stat]) => (/^[^Z]/.test(stat ?? '') ? [Number(pid)] : []));
}

/** Together with the pid it names one process for ever: pids are used again. */
export function startTimeOf(pid: number): string {
  return ps('-o', 'lstart=', '-p', String(pid)).join('').trim();
}

function ps(...args: readonly string[]): readonly string[] {
  try {
    // In no one's language.
    const text = execFileSync('ps', args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
    return text.split('\n').filter((line) => line.trim() !== '');
  } catch {
    // What it says when there is no such process.
    return [];
  }
}

/** Asks the process to end, and ends all of its tree when it has not done so in time. */
export async function endProcess(pid: number, signal: NodeJS.Signals, patienceMs: number): Promise<void> {
  const tree = treeOf(pid);
  // A stopped process takes no request to end.
  for (const each of tree) sendSignal(each, 'SIGCONT');
  sendSignal(pid, signal);
  if (signal !== 'SIGKILL' && (await areGone(tree, patienceMs))) return;
  for (const each of new Set([...tree, ...treeOf(pid)])) sendSignal(each, 'SIGKILL');
  if (!(await areGone(tree, 10_000))) throw new Error(`Process ${pid} does not end, even by kill -9`);
}

async function areGone(pids: readonly number[], patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    if (livingOf(pids).length === 0) return true;
    if (Date.now() > deadline) return false;
    await delay(pollMs);
  }
}
