/** The state of what the backend depends on. */
import type { Clock } from '@imageflow/core';

/** `check` rejects when the part cannot be used. */
export interface Dependency {
  readonly name: string;
  /** What answers, e.g. "pglite", "folder". */
  readonly kind: string;
  /** Whether the backend can do anything useful without it. */
  readonly isRequired: boolean;
  readonly check: () => Promise<void>;
}

export interface DependencyHealth {
  readonly name: string;
  readonly kind: string;
  readonly status: 'healthy' | 'unhealthy';
  readonly isRequired: boolean;
  readonly latencyMs: number;
}

export interface Health {
  /** unhealthy: a required part is down; degraded: another one is. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly dependencies: readonly DependencyHealth[];
}

export interface HealthWatch {
  /** Answers at most two seconds old: probes of many watchers must not load the parts. */
  check(): Promise<Health>;
}

const checkTimeoutMs = 3000;
const cachedMs = 2000;

export function createHealthWatch(dependencies: readonly Dependency[], clock: Clock): HealthWatch {
  let last: { readonly until: number; readonly health: Promise<Health> } | undefined;
  return {
    check() {
      if (last !== undefined && last.until > clock.now()) return last.health;
      last = { until: clock.now() + cachedMs, health: checkAll(dependencies, clock) };
      return last.health;
    },
  };
}

async function checkAll(dependencies: readonly Dependency[], clock: Clock): Promise<Health> {
  const states = await Promise.all(dependencies.map((dependency) => checkOne(dependency, clock)));
  const down = states.filter((state) => state.status === 'unhealthy');
  const status = down.some((state) => state.isRequired) ? 'unhealthy' : down.length > 0 ? 'degraded' : 'healthy';
  return { status, dependencies: states };
}

async function checkOne(dependency: Dependency, clock: Clock): Promise<DependencyHealth> {
  const { name, kind, isRequired } = dependency;
  const startedAt = clock.now();
  const status = await isUsable(dependency.check, clock);
  return { name, kind, isRequired, status: status ? 'healthy' : 'unhealthy', latencyMs: clock.now() - startedAt };
}

async function isUsable(check: () => Promise<void>, clock: Clock): Promise<boolean> {
  let cancel = (): void => undefined;
  const late = new Promise<boolean>((resolve) => {
    cancel = clock.after(checkTimeoutMs, () => resolve(false));
  });
  const answer = check().then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    cancel();
  }
}
