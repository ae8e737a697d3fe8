/** Memory and processor time of processes; Linux only, like the figures that need them. */
import { readFile } from 'node:fs/promises';

/** A process and everything below it. */
export async function listTree(root: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${root}/task/${root}/children`, 'utf8').catch(() => '');
  const below = await Promise.all(
    children
      .trim()
      .split(/\s+/)
      .filter(Boolean)
      .map((pid) => listTree(Number(pid))),
  );
  return [root, ...below.flat()];
}

/** Resident memory counted once however many processes share it (proportional set size), MiB. */
export async function memoryMib(pids: readonly number[]): Promise<number> {
  const sizes = await Promise.all(
    pids.map(async (pid) => {
      const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
      return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}

/** The kernel's clock for processes, ticks a second; the same on all common systems. */
const ticksPerSecond = 100;

/** Processor time used so far, ms: what work costs, however busy the machine is otherwise. */
export async function cpuMs(pids: readonly number[]): Promise<number> {
  const times = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
    }),
  );
  return (times.reduce((sum, ticks) => sum + ticks, 0) * 1000) / ticksPerSecond;
}

/** Runs `work` and answers the processor time it took in these processes, ms. */
export async function cpuOf(pids: readonly number[], work: () => Promise<unknown>): Promise<number> {
  const before = await cpuMs(pids);
  await work();
  return (await cpuMs(pids)) - before;
}
