/**
 * Drives the probe: one loop per instance, from the moment it is in the registry until it leaves.
 * Every 10 s while all is well; quickly while an instance starts, was late or is lost, so that start and recovery are short.
 */
import type { Clock } from '../ports.ts';
import {
  afterDescription,
  afterMissedCheck,
  afterReport,
  type HealthReport,
  hasRestarted,
  type Instance,
  type MissedCheck,
  type ServiceDescription,
} from './instance.ts';
import type { Registry } from './registry.ts';

const checkIntervalMs = 10_000;
/** A service answers in a few ms; a stopped process never does. */
const checkTimeoutMs = 2_000;
const startIntervalMs = 100;
const recheckIntervalMs = 1_000;
/** Fast checks of an instance that does not come, before the usual interval. */
const fastChecks = 100;
/** Suspicions of many failed calls lead to one check. */
const suspicionGapMs = 200;

/** A registered instance repeats its registration within this time; after three times this without one it is taken out. */
export const heartbeatSeconds = 10;
const heartbeatLimitMs = 3 * heartbeatSeconds * 1000;

/** Asks an instance. Both reject when it cannot be reached or answers nonsense, and stop when the signal aborts. */
export interface Probe {
  check(instance: Instance, signal: AbortSignal): Promise<HealthReport>;
  describe(instance: Instance, signal: AbortSignal): Promise<ServiceDescription>;
}

export interface Watch {
  /** Checks an instance now: a call on it failed or got no answer. */
  suspect(id: string): void;
  close(): void;
}

export interface WatchNeeds {
  readonly registry: Registry;
  readonly probe: Probe;
  readonly clock: Clock;
  /** An instance stopped answering: what waits for it waits for nothing. */
  readonly onSilent: (instance: Instance) => void;
}

interface Loop {
  cancelTimer: () => void;
  isChecking: boolean;
  /** Since the running check began: its answer may be older than the cause. */
  isSuspected: boolean;
  isStopped: boolean;
}

export function watchInstances(needs: WatchNeeds): Watch {
  const { registry, clock } = needs;
  const loops = new Map<string, Loop>();

  function start(id: string): void {
    const loop: Loop = { cancelTimer: () => {}, isChecking: false, isSuspected: false, isStopped: false };
    loops.set(id, loop);
    run(id, loop);
  }

  function stop(id: string): void {
    const loop = loops.get(id);
    if (loop === undefined) return;
    loop.isStopped = true;
    loop.cancelTimer();
    loops.delete(id);
  }

  function run(id: string, loop: Loop): void {
    loop.cancelTimer();
    loop.isChecking = true;
    loop.isSuspected = false;
    void checkInstance(id, needs, () => loop.isStopped).then(() => {
      loop.isChecking = false;
      const instance = registry.get(id);
      if (loop.isStopped || instance === undefined) return;
      schedule(id, loop, loop.isSuspected ? suspicionGapMs : nextCheckMs(instance));
    });
  }

  function schedule(id: string, loop: Loop, delayMs: number): void {
    loop.cancelTimer();
    loop.cancelTimer = clock.after(delayMs, () => run(id, loop));
  }

  const unsubscribe = registry.subscribe((change) => {
    if (change.kind === 'added') start(change.instance.id);
    if (change.kind === 'removed') stop(change.instance.id);
  });
  for (const { id } of registry.list()) start(id);

  return {
    suspect(id) {
      const loop = loops.get(id);
      if (loop === undefined || loop.isSuspected) return;
      loop.isSuspected = true;
      const lastCheckAt = registry.get(id)?.lastCheckAt ?? 0;
      if (!loop.isChecking) schedule(id, loop, Math.max(0, lastCheckAt + suspicionGapMs - clock.now()));
    },
    close() {
      unsubscribe();
      for (const id of [...loops.keys()]) stop(id);
    },
  };
}

/** Time until the next check of an instance in this state. */
function nextCheckMs(instance: Instance): number {
  const { reachability, missedChecks } = instance;
  if (reachability === 'serving')
    return instance.description === undefined && instance.trouble === undefined ? recheckIntervalMs : checkIntervalMs;
  if (missedChecks >= fastChecks) return checkIntervalMs;
  return reachability === 'starting' ? startIntervalMs : recheckIntervalMs;
}

/** Never rejects. */
async function checkInstance(id: string, needs: WatchNeeds, isStopped: () => boolean): Promise<void> {
  const { registry, probe, clock } = needs;
  const before = registry.get(id);
  if (before === undefined) return;
  if (before.heartbeatAt !== undefined && clock.now() - before.heartbeatAt > heartbeatLimitMs) {
    registry.remove(id);
    return;
  }
  const answer = await answerOf(clock, (signal) => probe.check(before, signal));
  if (isStopped()) return;
  if (answer.kind !== 'answered') return miss(id, answer, needs);
  registry.change(id, (instance, now) => afterReport(instance, answer.value, now));
  if (needsDescription(before, answer.value, clock.now())) await describe(id, needs, isStopped);
}

function miss(id: string, missed: MissedCheck, needs: WatchNeeds): void {
  needs.registry.change(id, (instance, now) => afterMissedCheck(instance, missed, now));
  const instance = needs.registry.get(id);
  // A refused connection ends its calls by itself, and a draining service that refuses new ones still answers the old.
  if (instance?.reachability === 'lost' && missed.kind === 'unanswered') needs.onSilent(instance);
}

function needsDescription(before: Instance, report: HealthReport, now: number): boolean {
  if (report.status !== 'serving') return false;
  return before.description === undefined || before.report?.version !== report.version || hasRestarted(before, report, now);
}

async function describe(id: string, needs: WatchNeeds, isStopped: () => boolean): Promise<void> {
  const instance = needs.registry.get(id);
  if (instance === undefined) return;
  const answer = await answerOf(needs.clock, (signal) => needs.probe.describe(instance, signal));
  if (isStopped()) return;
  if (answer.kind === 'answered') needs.registry.change(id, (current) => afterDescription(current, answer.value));
  else miss(id, answer, needs);
}

type ProbeAnswer<T> = { readonly kind: 'answered'; readonly value: T } | MissedCheck;

async function answerOf<T>(clock: Clock, ask: (signal: AbortSignal) => Promise<T>): Promise<ProbeAnswer<T>> {
  const controller = new AbortController();
  let cancelTimer = () => {};
  const limit = new Promise<ProbeAnswer<T>>((resolve) => {
    cancelTimer = clock.after(checkTimeoutMs, () => {
      controller.abort();
      resolve({ kind: 'unanswered', reason: `no answer within ${checkTimeoutMs} ms` });
    });
  });
  const answer = ask(controller.signal).then(
    (value): ProbeAnswer<T> => ({ kind: 'answered', value }),
    (error: unknown): ProbeAnswer<T> => ({ kind: 'refused', reason: error instanceof Error ? error.message : String(error) }),
  );
  try {
    return await Promise.race([answer, limit]);
  } finally {
    cancelTimer();
  }
}
