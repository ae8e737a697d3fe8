/**
 * Publishes. Each topic has its own lane: one request at a time, which takes along whatever waits, so that order is kept, an idempotent
 * producer can repeat it without a copy, and a topic that cannot be written holds no other up.
 *
 * A message waits in its lane → is sent → is stored by all replicas in sync (its publisher hears) or is refused. Durable messages wait a
 * limited time and their publisher hears of it; copies of facts (progress) wait as long as it takes, and the oldest give way.
 */
import type { AppError, Clock } from '@imageflow/core';
import { Producer } from '@platformatic/kafka';
import type { Logger } from 'pino';
import { toBusError } from '../errors.ts';
import { backoffMs, later, within } from './backoff.ts';
import { type ClientOptions, guarded } from './client.ts';

export interface OutgoingMessage {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface LaneOptions {
  readonly topic: string;
  /** Undefined: until the lane is full or closed. */
  readonly patienceMs: number | undefined;
  /** What to do with one too many. */
  readonly whenFull: 'refuse' | 'drop-oldest';
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** Before each request; `hasFailed`: the one before did. */
  prepare(hasFailed: boolean): Promise<void>;
}

interface Waiting extends OutgoingMessage {
  readonly sizeBytes: number;
  /** Clock time past which nobody waits for it any more. */
  readonly until: number;
  resolve(): void;
  reject(error: AppError): void;
}

const maxBatchMessages = 500;
const maxBatchBytes = 900_000;

export function createProducer(client: ClientOptions): Producer<string, string, string, string> {
  const encode = (text?: string): Buffer | undefined => (text === undefined ? undefined : Buffer.from(text));
  const producer = new Producer({
    ...client,
    idempotent: true,
    acks: -1,
    retries: 3,
    retryDelay: 100,
    repeatOnStaleMetadata: true,
    serializers: { key: encode, value: encode, headerKey: encode, headerValue: encode },
  });
  return guarded(producer);
}

export type Sender = Pick<Producer<string, string, string, string>, 'send' | 'clearMetadata'>;

export class Lane {
  readonly #producer: Sender;
  readonly #options: LaneOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waiting: Waiting[] = [];
  readonly #wakers = new Set<() => void>();
  #bytes = 0;
  #dropped = 0;
  #failures = 0;
  #isClosed = false;
  #running: Promise<void> | undefined;

  constructor(producer: Sender, options: LaneOptions, clock: Clock, logger: Logger) {
    this.#producer = producer;
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** @throws AppError BUS_UNAVAILABLE */
  send(message: OutgoingMessage): Promise<void> {
    if (this.#isClosed) return Promise.reject(toBusError(new Error('the bus is closed')));
    const { patienceMs } = this.#options;
    const sizeBytes = Buffer.byteLength(message.value) + message.key.length + 500;
    const sent = new Promise<void>((resolve, reject) => {
      const until = patienceMs === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() + patienceMs;
      if (!this.#makeRoom(sizeBytes)) return reject(toBusError(new Error(`too many messages wait for ${this.#options.topic}`)));
      this.#waiting.push({ ...message, sizeBytes, until, resolve, reject });
      this.#bytes += sizeBytes;
    });
    this.#running ??= this.#run();
    if (patienceMs === undefined) return sent;
    // Also of one that is on its way: it may still be stored, as any message may come twice.
    return within(this.#clock, patienceMs, sent, () => toBusError(new Error('the broker did not answer in time')));
  }

  /** Sends what waits, as long as the given time lasts; what is left is refused. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    const timer = later(this.#clock, graceMs);
    await Promise.race([this.#running ?? Promise.resolve(), timer.passed]);
    timer.cancel();
    this.#refuse(this.#waiting.length, new Error('the bus is closed'));
    for (const wake of this.#wakers) wake();
  }

  #makeRoom(sizeBytes: number): boolean {
    const { maxMessages, maxBytes, whenFull } = this.#options;
    const isFull = (): boolean => this.#waiting.length >= maxMessages || this.#bytes + sizeBytes > maxBytes;
    while (isFull() && whenFull === 'drop-oldest' && this.#waiting.length > 0) {
      this.#dropped += 1;
      this.#refuse(1, new Error('newer messages took its place while the broker was away'));
    }
    return !isFull();
  }

  async #run(): Promise<void> {
    // Takes along whatever is published in the same turn.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      this.#refuseExpired();
      const batch = this.#nextBatch();
      if (batch.length > 0) await this.#sendBatch(batch);
    }
    this.#running = undefined;
  }

  async #sendBatch(batch: readonly Waiting[]): Promise<void> {
    const { topic } = this.#options;
    try {
      await this.#options.prepare(this.#failures > 0);
      await this.#producer.send({ messages: batch.map(({ key, value, headers }) => ({ topic, key, value, headers })) });
      for (const message of batch) message.resolve();
      this.#recovered();
    } catch (error) {
      this.#putBack(batch);
      await this.#waitOut(error);
    }
  }

  async #waitOut(error: unknown): Promise<void> {
    this.#failures += 1;
    this.#producer.clearMetadata();
    if (this.#failures === 1) this.#logger.warn({ err: error, topic: this.#options.topic }, 'the topic cannot be written');
    if (this.#isClosed) return this.#refuse(this.#waiting.length, error);
    const first = this.#waiting[0]?.until ?? 0;
    const ms = Math.max(0, Math.min(backoffMs(this.#failures), first - this.#clock.now()));
    const timer = later(this.#clock, ms);
    this.#wakers.add(timer.cancel);
    await timer.passed;
    this.#wakers.delete(timer.cancel);
    this.#refuseExpired(error);
  }

  #recovered(): void {
    const { topic } = this.#options;
    if (this.#failures > 0) this.#logger.info({ topic, dropped: this.#dropped }, 'the topic is written again');
    this.#failures = 0;
    this.#dropped = 0;
  }

  #nextBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { sizeBytes } of this.#waiting) {
      if (count > 0 && (count >= maxBatchMessages || bytes + sizeBytes > maxBatchBytes)) break;
      bytes += sizeBytes;
      count += 1;
    }
    this.#bytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  #putBack(batch: readonly Waiting[]): void {
    this.#waiting.unshift(...batch);
    for (const { sizeBytes } of batch) this.#bytes += sizeBytes;
    // Others may have come meanwhile.
    this.#makeRoom(0);
  }

  #refuseExpired(cause: unknown = new Error('the broker did not answer in time')): void {
    const now = this.#clock.now();
    let count = 0;
    while (count < this.#waiting.length && (this.#waiting[count]?.until ?? 0) <= now) count += 1;
    this.#refuse(count, cause);
  }

  #refuse(count: number, cause: unknown): void {
    for (const { sizeBytes, reject } of this.#waiting.splice(0, count)) {
      this.#bytes -= sizeBytes;
      reject(toBusError(cause));
    }
  }
}
