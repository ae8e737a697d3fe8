import { beforeEach, expect, test } from 'vitest';
import type { Clock } from '../ports.ts';
import { breakerState } from './breaker.ts';
import { type HealthReport, type Instance, type ServiceDescription, statusOf } from './instance.ts';
import { createRegistry, type Registry } from './registry.ts';
import { type Probe, type Watch, watchInstances } from './watch.ts';

/** Time moves only by `pass`, timer by timer, and everything that follows from a timer is done before the next. */
function createTime(): { readonly clock: Clock; pass(ms: number): Promise<void> } {
  let now = 1_000_000;
  let timers: { readonly at: number; readonly fire: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    after(delayMs, fire) {
      const timer = { at: now + delayMs, fire };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  };
  return {
    clock,
    async pass(ms) {
      const end = now + ms;
      await settle();
      for (;;) {
        const [next] = timers.filter((timer) => timer.at <= end).sort((one, other) => one.at - other.at);
        if (next === undefined) break;
        now = Math.max(now, next.at);
        timers = timers.filter((other) => other !== next);
        next.fire();
        await settle();
      }
      now = end;
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

const healthy: HealthReport = {
  status: 'serving',
  version: '1',
  cpuUsage: 1,
  memoryUsageMb: 1,
  connections: 0,
  responseTimeMs: 1,
  uptimeSeconds: 0,
};
const description: ServiceDescription = {
  service: 'S',
  version: '1',
  inline: new Set(),
  components: [
    {
      component_id: 'S.Work',
      service: 'S',
      method: 'Work',
      label: { ja: '', en: '' },
      description: { ja: '', en: '' },
      parameters_schema: {},
      produces_image: false,
      produces_detections: false,
      consumes_detections: false,
      streamable: false,
      category: 'other',
      default_timeout_ms: 1,
      default_retry_count: 0,
    },
  ],
};

type Behaviour = HealthReport | 'refuses' | 'hangs';

let time: ReturnType<typeof createTime>;
let registry: Registry;
let watch: Watch;
let checks: number;
let descriptions: number;
let silent: string[];
let behaviour: Behaviour;

beforeEach(() => {
  time = createTime();
  registry = createRegistry({ clock: time.clock, random: () => 0, balancing: 'least_connections', remembered: [] });
  [checks, descriptions, silent, behaviour] = [0, 0, [], healthy];
  const probe: Probe = {
    check: async () => {
      checks += 1;
      if (behaviour === 'hangs') return new Promise<never>(() => {});
      if (behaviour === 'refuses') throw new Error('connection refused');
      return behaviour;
    },
    describe: async () => {
      descriptions += 1;
      return description;
    },
  };
  watch = watchInstances({ registry, probe, clock: time.clock, onSilent: (instance) => silent.push(instance.id) });
});

function add(origin: Instance['origin'] = 'settings'): void {
  registry.add({ id: 'i', service: 'S', address: 'h:1', origin, maxConnections: 2 });
}

function status(): string | undefined {
  const instance = registry.get('i');
  return instance && statusOf(instance, time.clock.now());
}

function breaker(): string | undefined {
  const instance = registry.get('i');
  return instance && breakerState(instance.breaker, time.clock.now());
}

test('a healthy instance is checked every ten seconds and described once', async () => {
  add();
  await time.pass(0);
  expect(status()).toBe('active');
  await time.pass(30_000);
  expect([checks, descriptions]).toEqual([4, 1]);
});

test('one that is still starting is asked every 100 ms, and that is not held against it', async () => {
  behaviour = 'refuses';
  add();
  await time.pass(1_050);
  expect([checks, status(), breaker()]).toEqual([11, 'unavailable', 'closed']);
  behaviour = healthy;
  await time.pass(100);
  expect(status()).toBe('active');
});

test('one that never comes is asked ever less', async () => {
  behaviour = 'refuses';
  add();
  await time.pass(10_000);
  checks = 0;
  await time.pass(60_000);
  expect(checks).toBeLessThanOrEqual(7);
});

test('one that hangs is out within two checks, what waits for it is told, and it comes back', async () => {
  add();
  await time.pass(0);
  behaviour = 'hangs';
  await time.pass(12_500);
  expect([status(), silent]).toEqual(['active', []]);
  await time.pass(3_000);
  expect([status(), silent]).toEqual(['unavailable', ['i']]);
  behaviour = healthy;
  await time.pass(3_000);
  expect(status()).toBe('active');
});

test('one that hangs under a call is found long before its next check', async () => {
  add();
  await time.pass(1_000);
  behaviour = 'hangs';
  watch.suspect('i');
  await time.pass(5_100);
  expect([status(), silent]).toEqual(['unavailable', ['i']]);
});

test('one that refuses connections is out at once, but calls that run on it are left alone', async () => {
  add();
  await time.pass(0);
  behaviour = 'refuses';
  await time.pass(10_000);
  expect([status(), silent]).toEqual(['unavailable', []]);
});

test('five failed checks open the breaker, and the first good one after 30 s closes it', async () => {
  add();
  await time.pass(0);
  behaviour = 'refuses';
  await time.pass(15_000);
  expect(breaker()).toBe('open');
  behaviour = healthy;
  await time.pass(10_000);
  expect([breaker(), status()]).toEqual(['open', 'unavailable']);
  await time.pass(30_000);
  expect([breaker(), status()]).toEqual(['closed', 'active']);
});

test('a new process does not wait for the breaker of the one before it', async () => {
  behaviour = { ...healthy, uptimeSeconds: 60 };
  add();
  await time.pass(0);
  behaviour = 'refuses';
  await time.pass(15_000);
  behaviour = { ...healthy, uptimeSeconds: 1 };
  await time.pass(1_000);
  expect([breaker(), status(), descriptions]).toEqual(['closed', 'active', 2]);
});

test('a new process is told from the old one even when it has run for as long', async () => {
  behaviour = { ...healthy, uptimeSeconds: 1 };
  add();
  await time.pass(10_500);
  behaviour = { ...healthy, uptimeSeconds: 1 };
  await time.pass(10_000);
  expect(descriptions).toBe(3);
});

test('one that does not tell its uptime is not taken for a new process at every check', async () => {
  behaviour = { ...healthy, uptimeSeconds: 0 };
  add();
  await time.pass(60_000);
  expect(descriptions).toBe(1);
});

test('suspicions of many calls make one check', async () => {
  add();
  await time.pass(1_000);
  for (let count = 0; count < 50; count += 1) watch.suspect('i');
  await time.pass(1_000);
  expect(checks).toBe(2);
});

test.each([
  ['draining', 'draining'],
  ['not_serving', 'NOT_SERVING'],
] as const)('one that says %s gets no more calls', async (state, reason) => {
  add();
  await time.pass(0);
  behaviour = { ...healthy, status: state };
  await time.pass(10_000);
  expect(status()).toBe('unavailable');
  expect(registry.get('i')?.trouble).toContain(reason);
});

test('a registered instance goes when its heartbeat stops, and its components with it', async () => {
  add('registered');
  await time.pass(25_000);
  registry.change('i', (instance, now) => ({ ...instance, heartbeatAt: now }));
  await time.pass(25_000);
  expect([status(), registry.catalogue().size]).toEqual(['active', 1]);
  await time.pass(16_000);
  expect([status(), registry.catalogue().size]).toEqual([undefined, 0]);
  checks = 0;
  await time.pass(60_000);
  expect(checks).toBe(0);
});

test('an instance at its limit is busy; without any other the call is refused with a wait', async () => {
  add();
  await time.pass(0);
  const leases = [registry.acquire('S.Work', new Set()), registry.acquire('S.Work', new Set())];
  expect([status(), registry.availability('S')]).toEqual(['busy', 'busy']);
  expect(() => registry.acquire('S.Work', new Set())).toThrow(
    expect.objectContaining({ code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 1 }),
  );
  for (const lease of leases) lease.end({ kind: 'no_verdict' });
  expect(status()).toBe('active');
});

test('after the end of the watch nothing is asked any more', async () => {
  add();
  await time.pass(0);
  watch.close();
  await time.pass(60_000);
  expect(checks).toBe(1);
});
