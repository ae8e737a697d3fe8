/** How much of the machine others used while a scenario ran: above a fraction of a core its times are no results. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

export interface Disturbance {
  /** Cores that other programs kept busy on average since the start. Our children count as ours once they have ended. */
  otherCores(): number;
}

export function watchDisturbance(): Disturbance {
  const startedAt = performance.now();
  const [busy, own] = [busyMs(), ownMs()];
  return {
    otherCores: () => Math.max(0, (busyMs() - busy - (ownMs() - own)) / (performance.now() - startedAt)),
  };
}

function busyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

/** Of this process and all children that have ended; without /proc only its own. */
function ownMs(): number {
  try {
    const text = readFileSync('/proc/self/stat', 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // utime, stime, cutime, cstime in hundredths of a second.
    return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0) * 10;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}
