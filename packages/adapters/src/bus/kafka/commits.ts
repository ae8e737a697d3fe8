/** Writes what is done of partitions to the group, one request at a time; what changes meanwhile goes with the next. */
import type { Clock } from '@imageflow/core';
import type { Logger } from 'pino';
import { backoffMs, later } from './backoff.ts';
import type { CommittedOffset } from './ledger.ts';

export interface Committable {
  readonly partition: number;
  /** False when it was taken away: nothing is written any more. */
  isOwned(): boolean;
  toCommit(): CommittedOffset;
}

type Write = (offsets: ReadonlyMap<number, CommittedOffset>) => Promise<void>;

export class Commits {
  readonly #write: Write;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #dirty = new Set<Committable>();
  #waiters: (() => void)[] = [];
  #running: Promise<void> | undefined;
  #isHurried = false;

  constructor(write: Write, clock: Clock, logger: Logger) {
    this.#write = write;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Resolves when the present state of the partition is written, or when the partition is lost: ask it. Waits out failures. */
  commit(partition: Committable): Promise<void> {
    this.#dirty.add(partition);
    const written = new Promise<void>((resolve) => this.#waiters.push(resolve));
    this.#running ??= this.#run();
    return written;
  }

  /** From now on a few failures are enough to give up. */
  hurry(): void {
    this.#isHurried = true;
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Takes along what changes in the same turn.
    await Promise.resolve();
    while (this.#dirty.size > 0) {
      const partitions = [...this.#dirty];
      const waiters = this.#waiters;
      this.#dirty.clear();
      this.#waiters = [];
      await this.#writeUntilDone(partitions);
      for (const resolve of waiters) resolve();
    }
    this.#running = undefined;
  }

  async #writeUntilDone(partitions: readonly Committable[]): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      const owned = partitions.filter((partition) => partition.isOwned());
      if (owned.length === 0) return;
      try {
        return await this.#write(new Map(owned.map((partition) => [partition.partition, partition.toCommit()])));
      } catch (error) {
        if (failures === 3) this.#logger.warn({ err: error }, 'the outcome of messages cannot be written yet');
        if (this.#isHurried && failures >= 3) return;
        await later(this.#clock, backoffMs(failures)).passed;
      }
    }
  }
}
