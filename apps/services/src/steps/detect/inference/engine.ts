/**
 * The main thread's side of the inference thread. Jobs wait here, where they can still be cancelled; two are handed over at a time, so that
 * the thread never waits for the next one. A thread that dies takes only its own jobs with it: the next job starts a new one, which loads
 * its models again.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { AppError } from '@imageflow/core';
import type { AnswerMessage, Answers, EndMessage, Job, JobMessage, ThreadSettings } from './messages.ts';

export interface InferenceEngine {
  /** Rejects with the signal's reason when it aborts before the job's turn, with what the thread threw, or with SERVICE_FAULT. */
  perform<Kind extends Job['kind']>(job: Extract<Job, { kind: Kind }>, signal?: AbortSignal): Promise<Answers[Kind]>;
  /** Whether the model of this hash is in memory. */
  isLoaded(sha256: string): boolean;
  close(): Promise<void>;
}

interface Waiting {
  readonly id: number;
  readonly job: Job;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: Answers[keyof Answers]) => void;
  readonly reject: (error: unknown) => void;
}

/** One at work, one ready behind it. */
const handedOverLimit = 2;

/** How long a thread may take to end once it is asked to, ms: a large model loads in seconds. */
const endLimitMs = 5_000;

export function openEngine(settings: ThreadSettings): InferenceEngine {
  const line: Waiting[] = [];
  const handedOver = new Map<number, Waiting>();
  let loaded: ReadonlySet<string> = new Set();
  let thread: Worker | undefined;
  let isClosed = false;
  let lastId = 0;

  function startThread(): Worker {
    const started = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings });
    started.on('message', receive);
    started.on('error', (cause) => lose(started, cause));
    started.on('exit', () => lose(started, new Error('The inference thread has ended')));
    return started;
  }

  function handOver(): void {
    while (handedOver.size < handedOverLimit) {
      const next = line.shift();
      if (next === undefined) return;
      thread ??= startThread();
      handedOver.set(next.id, next);
      const message: JobMessage = { kind: 'job', id: next.id, job: next.job };
      thread.postMessage(message, next.job.kind === 'run' ? [next.job.input] : []);
    }
  }

  function receive(message: AnswerMessage): void {
    loaded = new Set(message.loaded);
    const waiting = handedOver.get(message.id);
    handedOver.delete(message.id);
    handOver();
    if (message.outcome.ok) waiting?.resolve(message.outcome.answer);
    else waiting?.reject(message.outcome.error);
  }

  function lose(lost: Worker, cause: unknown): void {
    if (thread !== lost) return;
    thread = undefined;
    loaded = new Set();
    const victims = [...handedOver.values()];
    handedOver.clear();
    for (const victim of victims) victim.reject(new AppError('SERVICE_FAULT', { cause }));
    if (!isClosed) handOver();
  }

  return {
    perform(job, signal) {
      return new Promise((resolve, reject) => {
        if (isClosed) throw new AppError('SHUTTING_DOWN', { retryAfterSeconds: 1 });
        signal?.throwIfAborted();
        lastId += 1;
        const onAbort = () => giveUp(line, waiting);
        const settled = <V>(settle: (value: V) => void) => {
          return (value: V) => {
            signal?.removeEventListener('abort', onAbort);
            settle(value);
          };
        };
        const waiting: Waiting = { id: lastId, job, signal, resolve: settled(resolve as Waiting['resolve']), reject: settled(reject) };
        signal?.addEventListener('abort', onAbort);
        line.push(waiting);
        handOver();
      });
    },
    isLoaded: (sha256) => loaded.has(sha256),
    async close() {
      isClosed = true;
      for (const waiting of line.splice(0)) waiting.reject(new AppError('SHUTTING_DOWN', { retryAfterSeconds: 1 }));
      if (thread !== undefined) await end(thread);
    },
  };
}

/**
 * onnxruntime's native side cannot bear to be stopped at work: a thread that is terminated while it loads or runs a model takes the whole
 * process with it (SIGABRT). So it ends by itself after the job it has, and only one that hangs is terminated.
 */
async function end(thread: Worker): Promise<void> {
  const ended = once(thread, 'exit', { signal: AbortSignal.timeout(endLimitMs) });
  thread.postMessage({ kind: 'end' } satisfies EndMessage);
  await ended.catch(() => thread.terminate());
}

function giveUp(line: Waiting[], waiting: Waiting): void {
  const place = line.indexOf(waiting);
  if (place < 0) return;
  line.splice(place, 1);
  waiting.reject(waiting.signal?.reason);
}
