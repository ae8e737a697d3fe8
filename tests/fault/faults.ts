/** What is done to the platform: processes die or stand still at moments that nobody chose. */
import type { Chance } from './chance.ts';
import { type FaultPlatform, type HurtProcess, send } from './platform.ts';

export interface FaultOptions {
  readonly platform: FaultPlatform;
  readonly chance: Chance;
  /** Also the starter of everything dies, now and then. */
  readonly withSupervisor: boolean;
  readonly log: (line: string) => void;
}

export interface Faults {
  readonly counts: Readonly<Record<FaultKind, number>>;
  /** After it everything lives and moves again. */
  stop(): Promise<void>;
}

type FaultKind = 'kill_service' | 'stop_service' | 'kill_backend' | 'stop_backend' | 'kill_supervisor';

const weights: Readonly<Record<FaultKind, number>> = {
  kill_service: 9,
  stop_service: 9,
  kill_backend: 3,
  stop_backend: 2,
  kill_supervisor: 0.3,
};
/** Short and long ones: below and above what a call, a health check and a breaker wait for. */
const standstillMs = [100, 500, 2_000, 6_000, 15_000] as const;
const pauseMs = [100, 1_000, 4_000, 10_000] as const;

export function startFaults({ platform, chance, withSupervisor, log }: FaultOptions): Faults {
  const counts: Record<FaultKind, number> = { kill_service: 0, stop_service: 0, kill_backend: 0, stop_backend: 0, kill_supervisor: 0 };
  const standing = new Map<number, NodeJS.Timeout>();
  const stopping = new AbortController();

  const goOn = (pid: number): void => {
    clearTimeout(standing.get(pid));
    standing.delete(pid);
    send(pid, 'SIGCONT');
  };
  const hurt = async (kind: FaultKind): Promise<void> => {
    if (kind === 'kill_supervisor') {
      log('kill -9 of the supervisor');
      await platform.killSupervisor();
      for (const pid of [...standing.keys()]) goOn(pid);
      return platform.start();
    }
    const isBackend = kind.endsWith('backend');
    const victims = (await platform.processes()).filter((one) => (one.kind === 'backend') === isBackend);
    if (victims.length === 0) return;
    const victim = chance.pick(victims);
    if (kind.startsWith('kill')) kill(victim);
    else standStill(victim, chance.pick(standstillMs));
  };
  const kill = ({ pid, kind }: HurtProcess): void => {
    log(`kill -9 of ${kind} (${pid})`);
    send(pid, 'SIGKILL');
    clearTimeout(standing.get(pid));
    standing.delete(pid);
  };
  const standStill = ({ pid, kind }: HurtProcess, forMs: number): void => {
    if (standing.has(pid) || !send(pid, 'SIGSTOP')) return;
    log(`${kind} (${pid}) stands still for ${forMs} ms`);
    standing.set(
      pid,
      setTimeout(() => goOn(pid), forMs),
    );
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const kind = chance.weighted(withSupervisor ? weights : { ...weights, kill_supervisor: 0 });
      await hurt(kind);
      counts[kind] += 1;
      await pause(chance.between(0, chance.pick(pauseMs)), stopping.signal);
    }
  };
  const running = run();
  // Told by `stop`.
  running.catch(() => undefined);
  return {
    counts,
    async stop() {
      stopping.abort();
      try {
        await running;
      } finally {
        for (const pid of [...standing.keys()]) goOn(pid);
      }
    },
  };
}

/** Shorter when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal?.aborted === true) end();
    signal?.addEventListener('abort', end);
  });
}
