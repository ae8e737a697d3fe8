/** A world of its own for tests of the engine: time that jumps, services that do what a script says. Nothing here is used outside tests. */
import { AppError } from '../errors.ts';
import { identityTransform } from '../pipeline/transform.ts';
import type { Clock, Journal, StepAnswer, StepCall, StepInvoker } from '../ports.ts';
import type { ExecutionEvent } from './events.ts';

export interface Simulation extends Clock {
  /** Fires timers in order of time until none is left or `until` ms have passed. */
  run(until?: number): Promise<void>;
}

export function createSimulation(): Simulation {
  let now = 1_000_000;
  let timers: { readonly at: number; readonly fire: () => void }[] = [];
  return {
    now: () => now,
    after(delayMs, fire) {
      const timer = { at: now + delayMs, fire };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async run(until = Number.POSITIVE_INFINITY) {
      const end = now + until;
      for (;;) {
        await settled();
        const due = timers.reduce<(typeof timers)[number] | undefined>((a, b) => (a === undefined || b.at < a.at ? b : a), undefined);
        if (due === undefined || due.at > end) break;
        timers = timers.filter((other) => other !== due);
        now = Math.max(now, due.at);
        due.fire();
      }
      if (Number.isFinite(end)) now = end;
    },
  };
}

/** Lets every promise that can go on do so. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
}

export type Behaviour = 'ok' | 'retryable' | 'down' | 'fatal' | 'hang';

export interface ScriptedInvoker extends StepInvoker {
  readonly calls: StepCall[];
  running: number;
  mostRunning: number;
}

export function createScriptedInvoker(
  clock: Clock,
  behave: (call: StepCall) => Behaviour,
  delayMs: (call: StepCall) => number,
): ScriptedInvoker {
  const invoker: ScriptedInvoker = {
    calls: [],
    running: 0,
    mostRunning: 0,
    invoke(call, signal) {
      invoker.calls.push(call);
      invoker.running += 1;
      invoker.mostRunning = Math.max(invoker.mostRunning, invoker.running);
      return new Promise<StepAnswer>((resolve, reject) => {
        const end = (settle: () => void) => () => {
          invoker.running -= 1;
          stop();
          settle();
        };
        const behaviour = behave(call);
        const stop =
          behaviour === 'hang'
            ? () => undefined
            : clock.after(
                delayMs(call),
                end(() => (behaviour === 'ok' ? resolve(answer(call)) : reject(fault(behaviour)))),
              );
        signal.addEventListener(
          'abort',
          end(() => reject(signal.reason)),
          { once: true },
        );
      });
    },
  };
  return invoker;
}

function answer(call: StepCall): StepAnswer {
  const image = (key: string) => ({ key, contentType: 'image/x', sizeBytes: 1, width: 1, height: 1 });
  return {
    instanceId: 'sim-1',
    handover: call.handoverKey === undefined ? undefined : image(call.handoverKey),
    output: call.output === undefined ? undefined : image(call.output.key),
    detections: [...call.detections],
    transform: call.transform ?? identityTransform(1, 1),
    measures: {},
    model: undefined,
    attributes: {},
    serviceMs: 1,
  };
}

function fault(behaviour: Behaviour): AppError {
  if (behaviour === 'fatal') return new AppError('IMAGE_BROKEN');
  return new AppError('SERVICE_UNAVAILABLE', behaviour === 'down' ? { retryAfterSeconds: 10 } : {});
}

export interface MemoryJournal extends Journal {
  readonly events: ExecutionEvent[];
  readonly ends: ExecutionEvent[];
}

export function createMemoryJournal(finish: (tries: number) => boolean | 'down' = () => true): MemoryJournal {
  let tries = 0;
  const journal: MemoryJournal = {
    events: [],
    ends: [],
    record: (_id, event) => void journal.events.push(event),
    async finish(_id, event) {
      tries += 1;
      const outcome = finish(tries);
      if (outcome === 'down') throw new AppError('DATABASE_UNAVAILABLE');
      if (outcome) journal.ends.push(event);
      return outcome;
    },
  };
  return journal;
}
