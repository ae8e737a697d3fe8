/**
 * Hands queued messages to a handler.
 *
 * A message is waiting → claimed (its key busy, its delivery counted) → settled (deleted), delayed (waiting again, later) or buried (in
 * the dead-letter topic). Keys run at the same time, messages of one key never do. Which keys are busy is known in memory only: after
 * the process died nothing is busy, and what was claimed waits again.
 */
import { AppError, type Bus, type BusMessage, type ConsumeOptions, type Subscription } from '@imageflow/core';
import type { BusNeeds } from '../needs.ts';
import { buryMessage, claimMessages, deleteMessage, nextAvailable, type QueuedMessage, releaseMessage } from './queue.ts';

export type Handler = Parameters<Bus['consume']>[2];

/** What the members of a group share. */
export interface Topic {
  readonly name: string;
  readonly group: string;
  readonly busyKeys: Set<string>;
  /** One member at a time looks for work: until its keys are marked busy, another would find the same messages. */
  inTurn<T>(look: () => Promise<T>): Promise<T>;
  /** Calls whoever waits for work. */
  wake(): void;
  onWake(call: () => void): () => void;
}

interface ConsumerNeeds extends BusNeeds {
  readonly onBuried: (message: BusMessage) => void;
}

const firstDelayMs = 100;
const maxDelayMs = 30_000;
/** After the database failed. */
const pauseMs = 1_000;
/** Looks again even when nothing has called: costs one statement a minute. */
const idleMs = 60_000;

export function createTopic(name: string, group: string): Topic {
  const calls = new Set<() => void>();
  let last: Promise<unknown> = Promise.resolve();
  return {
    name,
    group,
    busyKeys: new Set(),
    inTurn: (look) => {
      const turn = last.then(look, look);
      last = turn.catch(() => undefined);
      return turn;
    },
    wake: () => {
      for (const call of [...calls]) call();
    },
    onWake: (call) => {
      calls.add(call);
      return () => calls.delete(call);
    },
  };
}

export function startConsumer(topic: Topic, options: ConsumeOptions, handle: Handler, needs: ConsumerNeeds): Subscription {
  const consumer = new Consumer(topic, options, handle, needs);
  const ended = consumer.run();
  return {
    close: async () => {
      consumer.stop();
      await ended;
    },
  };
}

class Consumer {
  readonly #topic: Topic;
  readonly #options: ConsumeOptions;
  readonly #handle: Handler;
  readonly #needs: ConsumerNeeds;
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(topic: Topic, options: ConsumeOptions, handle: Handler, needs: ConsumerNeeds) {
    this.#topic = topic;
    this.#options = options;
    this.#handle = handle;
    this.#needs = needs;
  }

  /** Resolves after `stop`, when the handlers that ran have ended. */
  async run(): Promise<void> {
    while (!this.#abort.signal.aborted) await this.#turn();
    await Promise.all(this.#running);
  }

  stop(): void {
    this.#abort.abort(new AppError('SHUTTING_DOWN'));
    this.#topic.wake();
  }

  async #turn(): Promise<void> {
    // From before the look, so that nothing published meanwhile is missed.
    const call = this.#nextCall();
    try {
      const waitMs = await this.#startWaiting();
      if (waitMs > 0 && !this.#abort.signal.aborted) await call.within(waitMs);
    } catch (error) {
      this.#needs.logger.error({ err: error, topic: this.#topic.name }, 'the queue cannot be read');
      await call.within(pauseMs);
    } finally {
      call.forget();
    }
  }

  /** Starts what can run now; answers how long there is nothing more to start, ms. */
  async #startWaiting(): Promise<number> {
    const { db, clock } = this.#needs;
    const free = this.#options.concurrency - this.#running.size;
    if (free <= 0) return idleMs;
    const now = new Date(clock.now());
    const started = await this.#topic.inTurn(async () => {
      const messages = await claimMessages(db, this.#topic.name, [...this.#topic.busyKeys], free, now);
      for (const message of messages) this.#start(message);
      return messages.length;
    });
    if (started > 0) return 0;
    const next = await nextAvailable(db, this.#topic.name, now);
    return next === undefined ? idleMs : Math.min(idleMs, Math.max(1, next.getTime() - clock.now()));
  }

  #start(message: QueuedMessage): void {
    this.#topic.busyKeys.add(message.key);
    const work = this.#deliver(message).finally(() => {
      this.#running.delete(work);
      this.#topic.busyKeys.delete(message.key);
      this.#topic.wake();
    });
    this.#running.add(work);
  }

  async #deliver(message: QueuedMessage): Promise<void> {
    const { signal } = this.#abort;
    if (signal.aborted) return this.#settle(() => this.#putBack(message));
    if (message.delivery > this.#options.maxDeliveries) {
      return this.#settle(() => this.#bury(message, 'the program ended each time while it was handling this message'));
    }
    try {
      const { topic, key, value, headers, delivery } = message;
      await this.#handle({ topic, key, value, headers, delivery }, signal);
    } catch (error) {
      return this.#settle(() => this.#fail(message, error));
    }
    return this.#settle(() => deleteMessage(this.#needs.db, message.id));
  }

  async #fail(message: QueuedMessage, error: unknown): Promise<void> {
    // Stopping is not the message's fault.
    if (this.#abort.signal.aborted) return this.#putBack(message);
    const facts = { err: error, topic: message.topic, key: message.key, delivery: message.delivery };
    if (message.delivery >= this.#options.maxDeliveries) {
      this.#needs.logger.error(facts, 'a message could not be handled and went to the dead letters');
      return this.#bury(message, reasonOf(error));
    }
    this.#needs.logger.warn(facts, 'a message could not be handled and will be delivered again');
    const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** (message.delivery - 1));
    await releaseMessage(this.#needs.db, message.id, message.delivery, new Date(this.#needs.clock.now() + delayMs));
  }

  async #bury(message: QueuedMessage, reason: string): Promise<void> {
    this.#needs.onBuried(await buryMessage(this.#needs.db, message, reason, new Date(this.#needs.clock.now())));
  }

  async #putBack(message: QueuedMessage): Promise<void> {
    await releaseMessage(this.#needs.db, message.id, message.delivery - 1, message.available_at);
  }

  /** Writes the outcome until it is written; when the bus stops before, the message is delivered again at the next start. */
  async #settle(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        this.#needs.logger.error({ err: error, topic: this.#topic.name }, 'the outcome of a message cannot be written yet');
        if (this.#abort.signal.aborted) return;
        await this.#pause();
      }
    }
  }

  async #pause(): Promise<void> {
    const { signal } = this.#abort;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#needs.clock.after(pauseMs, end);
      signal.addEventListener('abort', end);
    });
  }

  #nextCall(): { within(ms: number): Promise<void>; forget(): void } {
    let ring: () => void = () => undefined;
    const called = new Promise<void>((resolve) => {
      ring = resolve;
    });
    const forget = this.#topic.onWake(ring);
    return {
      forget,
      within: async (ms) => {
        const cancel = this.#needs.clock.after(ms, ring);
        await called;
        cancel();
      },
    };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AppError) return `${error.code}: ${error.detail.en}`;
  return error instanceof Error ? error.message.slice(0, 500) : 'unknown';
}
