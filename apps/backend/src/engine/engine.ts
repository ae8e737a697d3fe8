/**
 * Runs executions: a bounded queue, a number of them at a time, each driven by the core's runner. The engine holds what it has accepted,
 * claimed or taken over; everything else about an execution is in the database. With several engines on one database what cannot begin at once
 * waits there, in common.ts, and only a few wait here.
 *
 *   reserved ─► waiting ─► running ─► over
 *                 ▲           └─► handed over: offered to the bus, from where this or another engine claims it,
 *                 │                or, when it came from there, ──► parked until its service is there again
 *                 └────────────────────────────────────────────────────┘  after five rounds it is given up and becomes a dead letter
 */
import {
  AppError,
  createPriorityQueue,
  type ExecutionEvent,
  type ExecutionState,
  isTerminal,
  type RunMode,
  toStepFault,
} from '@imageflow/core';
import { type Fallback, foldJob, isStoreAway, type Job, lastFallback } from './job.ts';
import type { FileRow } from './jobs.queries.ts';
import { createParking } from './parking.ts';
import { createRecent } from './recent.ts';
import type { RequestReason } from './requests.ts';
import { type RunNeeds, type Running, type RunOutcome, startRun, type Verdict } from './run.ts';
import type { CommonQueue } from './shared-queue.ts';

/** An execution that waits or runs here, or has ended here a moment ago. */
export interface LiveExecution {
  readonly job: Job;
  readonly state: ExecutionState;
  /** All so far, oldest first. */
  readonly events: readonly ExecutionEvent[];
  /** Of one that has ended. */
  readonly files: readonly FileRow[];
  /** How many are taken before it; undefined when it does not wait for its turn. */
  readonly queuePosition: number | undefined;
}

export interface Engine {
  /** Holds a place in the queue. @throws AppError QUEUE_FULL, SHUTTING_DOWN */
  reserve(): Promise<void>;
  unreserve(): void;
  /** Who holds an execution that is being accepted. @see Hold */
  hold(mode: RunMode): Hold;
  /** Into the reserved place. */
  start(job: Job): void;
  /** Instead of the reserved place: it is in the common queue. */
  leave(): void;
  /** Something is in the common queue. */
  wake(): void;
  /** Instead of the reserved place: to the queue that all engines share, or, when that cannot be reached, here. */
  offer(job: Job): Promise<void>;
  /** Accepted before, by whomever: not refused. */
  resume(job: Job): void;
  /** False when it is not here (any more). The end is written soon after. */
  cancel(id: string, by: string): boolean;
  /** As `cancel`, and kept for an execution that is just coming here. */
  wishCancel(id: string, by: string): void;
  find(id: string): LiveExecution | undefined;
  /** All that are here. */
  ids(): readonly string[];
  /** Lets go of one that is in other hands by now. */
  drop(id: string): void;
  readonly load: { readonly waiting: number; readonly running: number; readonly parked: number };
  /** Lets running executions end until `drainMs` have passed, then leaves the rest to whoever takes them over. */
  close(drainMs: number): Promise<void>;
}

/** Who owns an execution while its row is inserted: this engine (it starts here), or nobody (it goes to the shared queue). */
export interface Hold {
  /** Null: whoever has room takes it. */
  readonly runnerId: string | null;
  /** To be called when it has been started or refused. */
  release(): void;
}

export interface EngineNeeds extends RunNeeds {
  /** Executions at the same time. */
  readonly concurrency: number;
  /** Executions that may wait. */
  readonly queueLimit: number;
  /** Nothing is run before: services that are just starting would fail what they can do in a moment. */
  readonly ready: Promise<unknown>;
  readonly isAvailable: (service: string) => boolean;
  /** Whether the object store answers. */
  readonly isStoreUp: () => boolean;
  /** How long a service may be away. */
  readonly patienceMs: number;
  /** Absent: this is the only engine on the database, and everything waits here. */
  readonly openCommon: ((room: () => number, admit: (job: Job) => void) => CommonQueue) | undefined;
  /** From this engine's hands into the common queue. */
  readonly leaveToAll: (job: Job) => Promise<boolean>;
  /** Offers it to whoever reads the topic. */
  readonly publish: (job: Job, reason: RequestReason | undefined) => Promise<void>;
  /** Shows it to people: nobody tries it again by itself. */
  readonly bury: (job: Job, reason: RequestReason, rounds: number) => Promise<void>;
}

/** Each with all the attempts that its steps allow. */
const maxRounds = 5;
/** Rounds that failed on the object store although its health check had passed. */
const maxStoreRounds = 20;
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** An execution that each of so many engines died of is not given to one more. */
const maxTakeovers = 10;
/** Wishes for executions that never come are forgotten. */
const maxWishes = 1_000;

export function createEngine(needs: EngineNeeds): Engine {
  const queue = createPriorityQueue<Job>(needs.queueLimit);
  const running = new Map<string, Running>();
  const offered = new Map<string, Job>();
  const wishes = new Map<string, string>();
  const recent = createRecent<LiveExecution>(needs.clock);
  let promised = 0;
  let isClosing = false;
  let isReady = false;

  const fill = (): void => {
    while (isReady && !isClosing && running.size < needs.concurrency) {
      const job = queue.shift();
      if (job === undefined) return;
      begin(job, verdictOn(job, wishes));
    }
  };
  const begin = (job: Job, verdict: Verdict | undefined): void => {
    wishes.delete(job.id);
    const run = startRun(job, verdict, needs);
    running.set(job.id, run);
    void run.done.then((outcome) => {
      running.delete(job.id);
      if (isTerminal(run.state.status)) recent.put({ ...run, queuePosition: undefined });
      if (outcome.kind === 'handed_over' && !isClosing) handOver(outcome);
      fill();
      common?.roomAgain();
    });
  };
  const admit = (job: Job): void => {
    queue.admit(job.id, job.priority, job);
    fill();
  };
  const parking = createParking({
    clock: needs.clock,
    patienceMs: needs.patienceMs,
    onReady: admit,
    onTired: (job) => giveUp(job),
  });
  /** Decides what a job does next: run, park until its service is back, or be given up. */
  const wait = (job: Job): void => {
    const failed = lastFallback(job);
    if (failed === undefined || verdictOn(job, wishes) !== undefined) admit(job);
    else if (failed.rounds > maxRounds || failed.storeRounds > maxStoreRounds) giveUp(job);
    else parking.park(job, () => isPossible(failed), pauseAfter(failed));
  };
  const isPossible = ({ service, fault }: Fallback): boolean => needs.isAvailable(service) && (!isStoreAway(fault) || needs.isStoreUp());
  const giveUp = (job: Job): void => {
    const failed = lastFallback(job);
    if (failed === undefined) return;
    begin(job, { kind: 'abandoned', reason: failed });
    needs.bury(job, failed, failed.rounds).catch((error: unknown) => {
      needs.logger.error({ err: error, execution_id: job.id }, 'a dead letter could not be written');
    });
  };
  const handOver = ({ job, reason }: Extract<RunOutcome, { kind: 'handed_over' }>): void => {
    if (job.mode === 'direct_grpc') void offer({ ...job, mode: 'kafka_fallback' }, reason);
    else wait(job);
  };
  const offer = async (job: Job, reason: RequestReason | undefined): Promise<void> => {
    offered.set(job.id, job);
    try {
      await needs.journal.flush();
      await needs.publish(job, reason);
    } catch (error) {
      needs.logger.warn({ err: error, execution_id: job.id }, 'the queue cannot be reached: the execution goes on without it');
      await goOnWithoutBus(job, reason);
    } finally {
      offered.delete(job.id);
    }
  };
  const goOnWithoutBus = async (job: Job, reason: RequestReason | undefined): Promise<void> => {
    if (reason !== undefined) return wait(job);
    const direct: Job = { ...job, mode: 'direct_grpc' };
    if (common !== undefined && (await needs.leaveToAll(direct).catch(() => false))) common.wake();
    else admit(direct);
  };
  const cancel = (id: string, by: string): boolean => {
    const idle = queue.remove(id) ?? parking.remove(id);
    if (idle !== undefined) begin(idle, { kind: 'cancelled', by });
    else running.get(id)?.cancel(by);
    return running.has(id);
  };
  const isHere = (id: string): boolean => running.has(id) || queue.get(id) !== undefined || parking.get(id) !== undefined;
  /** Others need not wait until this engine has ended. What cannot be written down now, they find a little later. */
  const leaveIdle = async (): Promise<void> => {
    const idle = [...queue.ids(), ...parking.ids()].map((id) => queue.remove(id) ?? parking.remove(id));
    await Promise.all(idle.map((job) => job && needs.leaveToAll(job).catch(() => false)));
  };
  /** Executions that could begin now. */
  const room = (): number => (isReady && !isClosing ? needs.concurrency - running.size - queue.size - promised : 0);
  const common = needs.openCommon?.(room, (job) => {
    if (!isHere(job.id)) wait(job);
  });
  void needs.ready.then(() => {
    isReady = true;
    fill();
    common?.wake();
  });
  return {
    async reserve() {
      if (isClosing) throw new AppError('SHUTTING_DOWN', { retryAfterSeconds: 5 });
      if ((await common?.isFull()) || !queue.reserve(parking.size)) throw queueFull(needs.queueLimit);
    },
    hold(mode) {
      // For the bus it is held here until somebody has read the message: then it waits in the common queue.
      if (common === undefined || mode === 'kafka_queue') return { runnerId: needs.runnerId, release: () => undefined };
      if (room() <= 0) return { runnerId: null, release: () => undefined };
      promised += 1;
      return {
        runnerId: needs.runnerId,
        release: once(() => {
          promised -= 1;
        }),
      };
    },
    leave() {
      queue.unreserve();
      common?.wake();
    },
    wake: () => common?.wake(),
    unreserve: () => queue.unreserve(),
    start(job) {
      queue.unreserve();
      if (!isHere(job.id)) wait(job);
    },
    async offer(job) {
      queue.unreserve();
      await offer(job, undefined);
    },
    resume(job) {
      if (!isHere(job.id)) wait(job);
    },
    cancel,
    wishCancel(id, by) {
      if (cancel(id, by)) return;
      wishes.set(id, by);
      const [oldest] = wishes.keys();
      if (wishes.size > maxWishes && oldest !== undefined) wishes.delete(oldest);
    },
    find(id) {
      const run = running.get(id);
      if (run !== undefined) return { ...run, queuePosition: undefined };
      const job = queue.get(id) ?? parking.get(id) ?? offered.get(id);
      if (job === undefined) return recent.get(id);
      return { job, state: foldJob(job, job.earlier), events: job.earlier, files: [], queuePosition: queue.position(id) };
    },
    ids: () => [...running.keys(), ...queue.ids(), ...parking.ids(), ...offered.keys()],
    drop(id) {
      if (queue.remove(id) === undefined && parking.remove(id) === undefined) running.get(id)?.release();
    },
    get load() {
      return { waiting: queue.size, running: running.size, parked: parking.size };
    },
    async close(drainMs) {
      isClosing = true;
      await common?.close();
      if (common !== undefined) await leaveIdle();
      parking.close();
      const cancelTimer = needs.clock.after(drainMs, () => {
        for (const run of running.values()) run.release();
      });
      await Promise.all([...running.values()].map((run) => run.done));
      cancelTimer();
    },
  };
}

function pauseAfter({ rounds, storeRounds }: Fallback): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, rounds + storeRounds - 1));
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

function verdictOn(job: Job, wishes: ReadonlyMap<string, string>): Verdict | undefined {
  const by = job.cancelledBy ?? wishes.get(job.id);
  if (by !== undefined) return { kind: 'cancelled', by };
  if (job.takeovers <= maxTakeovers) return undefined;
  return { kind: 'abandoned', reason: { fault: toStepFault(new AppError('RUN_ABANDONED')), stepId: undefined } };
}

function queueFull(limit: number): AppError {
  return new AppError('QUEUE_FULL', {
    detail: {
      ja: `実行待ちが上限の ${limit} 件に達しています。しばらくしてからもう一度送ってください`,
      en: `${limit} executions are waiting, which is the limit. Send this again shortly`,
    },
    retryAfterSeconds: 5,
    extensions: { queue_limit: limit },
  });
}
