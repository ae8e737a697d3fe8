/** Hands every message of a topic from now on to whoever listens in this process: no group, nothing is kept in the cluster. */
import type { BusMessage } from '@imageflow/core';
import { backoffMs, later } from './backoff.ts';
import { type FetchedRecord, Fetcher, type FetcherNeeds } from './fetcher.ts';
import { readHeaders } from './partition.ts';

type Listen = (message: BusMessage) => void;

/** Partitions can be added to a topic while it is read. */
const lookAgainMs = 60_000;

export class TopicListener {
  readonly #topic: string;
  readonly #needs: FetcherNeeds;
  readonly #fetcher: Fetcher;
  readonly #listeners = new Set<Listen>();
  readonly #started: Promise<void>;
  #partitions = 0;
  #isClosed = false;
  #stopLooking: () => void = () => undefined;

  constructor(topic: string, name: string, needs: FetcherNeeds, prepare: () => Promise<void>) {
    this.#topic = topic;
    this.#needs = needs;
    this.#fetcher = new Fetcher(name, 'latest', needs);
    this.#started = this.#start(prepare);
  }

  get isUsed(): boolean {
    return this.#listeners.size > 0;
  }

  /** Resolves when messages published from then on will come. */
  started(): Promise<void> {
    return this.#started;
  }

  add(listen: Listen): () => void {
    // A wrapper of its own, so that one function may listen twice.
    const listener: Listen = (message) => listen(message);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#listeners.clear();
    this.#stopLooking();
    await this.#fetcher.close();
    await this.#started;
  }

  async #start(prepare: () => Promise<void>): Promise<void> {
    for (let failures = 1; !this.#isClosed; failures += 1) {
      try {
        await prepare();
        await this.#addPartitions('latest');
        return this.#lookAgain();
      } catch (error) {
        if (failures === 3) this.#needs.logger.warn({ err: error, topic: this.#topic }, 'the topic cannot be listened to');
        const timer = later(this.#needs.clock, backoffMs(failures));
        this.#stopLooking = timer.cancel;
        await timer.passed;
      }
    }
  }

  async #addPartitions(from: 'earliest' | 'latest'): Promise<void> {
    const offsets = await this.#fetcher.offsets(from);
    for (let partition = this.#partitions; partition < offsets.length; partition += 1) {
      const position = offsets[partition] ?? 0n;
      this.#fetcher.add({ partition, position, wants: () => true, take: (records) => this.#hear(records) });
    }
    this.#partitions = Math.max(this.#partitions, offsets.length);
  }

  #lookAgain(): void {
    if (this.#isClosed) return;
    this.#stopLooking = this.#needs.clock.after(lookAgainMs, () => {
      this.#addPartitions('earliest').then(
        () => this.#lookAgain(),
        () => this.#lookAgain(),
      );
    });
  }

  #hear(records: readonly FetchedRecord[]): number {
    for (const record of records) {
      const message = this.#read(record);
      if (message === undefined) continue;
      for (const listener of [...this.#listeners]) this.#tell(listener, message);
    }
    return records.length;
  }

  #read(record: FetchedRecord): BusMessage | undefined {
    try {
      const value: unknown = JSON.parse(record.value?.toString('utf8') ?? 'null');
      return { topic: this.#topic, key: record.key?.toString('utf8') ?? '', value, headers: readHeaders(record) };
    } catch {
      this.#needs.logger.warn({ topic: this.#topic, offset: String(record.offset) }, 'a message that is not JSON is left out');
      return undefined;
    }
  }

  #tell(listener: Listen, message: BusMessage): void {
    try {
      listener(message);
    } catch (error) {
      this.#needs.logger.error({ err: error, topic: this.#topic }, 'a listener of the bus failed');
    }
  }
}
