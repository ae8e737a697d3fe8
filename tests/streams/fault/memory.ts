/** Memory of processes over time. Linux only. */
import { readFile } from 'node:fs/promises';

export interface MemoryLog {
  /** Notes what each process has to itself now. */
  note(processes: readonly { readonly pid: number; readonly name: string }[]): Promise<void>;
  /** Of the time since `fromMs`: each process that lived through all of it. */
  growth(fromMs: number): readonly Growth[];
}

export interface Growth {
  readonly name: string;
  readonly meanMib: number;
  /** Of a straight line through all that was noted. */
  readonly growthMib: number;
  readonly mibPerHour: number;
}

/** What a heap that is swept now and then may seem to grow: a share of it, and MiB. */
const maxGrowth = { share: 0.05, mib: 8 };

/** In words: what has grown. */
export function memoryFaults(growths: readonly Growth[]): string[] {
  return growths.flatMap(({ name, meanMib, growthMib }) =>
    growthMib <= maxGrowth.share * meanMib + maxGrowth.mib ? [] : [`${name}: grew by ${growthMib} MiB to about ${meanMib}`],
  );
}

/** `now`: ms since the begin. */
export function createMemoryLog(now: () => number): MemoryLog {
  const noted = new Map<string, { readonly atMs: number; readonly mib: number }[]>();
  let rounds: number[] = [];
  return {
    async note(processes) {
      const atMs = now();
      rounds = [...rounds, atMs];
      for (const { pid, name } of processes) {
        const mib = await ownMib(pid);
        if (mib === undefined) continue;
        const key = `${name} (${pid})`;
        noted.set(key, [...(noted.get(key) ?? []), { atMs, mib }]);
      }
    },
    growth(fromMs) {
      const wanted = rounds.filter((atMs) => atMs >= fromMs).length;
      return [...noted].flatMap(([name, all]) => {
        const points = all.filter(({ atMs }) => atMs >= fromMs);
        return points.length === wanted && wanted > 1 ? [{ name, ...lineThrough(points) }] : [];
      });
    },
  };
}

/** Heap and stacks, without what the file cache and other processes share with it. */
async function ownMib(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^RssAnon:\s+(\d+) kB/m.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

/** Least squares. */
function lineThrough(points: readonly { readonly atMs: number; readonly mib: number }[]): Omit<Growth, 'name'> {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanAt, meanMib] = [mean(points.map(({ atMs }) => atMs)), mean(points.map(({ mib }) => mib))];
  const along = points.reduce((sum, { atMs, mib }) => sum + (atMs - meanAt) * (mib - meanMib), 0);
  const perMs = along / points.reduce((sum, { atMs }) => sum + (atMs - meanAt) ** 2, 0);
  const lastedMs = (points.at(-1)?.atMs ?? 0) - (points[0]?.atMs ?? 0);
  return { meanMib: round(meanMib), growthMib: round(perMs * lastedMs), mibPerHour: round(perMs * 3_600_000) };
}

const round = (value: number): number => Math.round(value * 10) / 10;
