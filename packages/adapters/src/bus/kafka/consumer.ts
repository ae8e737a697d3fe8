/**
 * Hands messages of a topic to a handler, shared among the members of a group.
 *
 * A message is read → counted (its delivery is written to the group before anyone sees it) → handled → done (written to the group), ready again
 * after a pause, or buried in the dead-letter topic. When its partition goes to another member meanwhile its handler is aborted and nothing is
 * written: the new owner has it.
 */
import { AppError, type Bus, type BusMessage, type Clock, type ConsumeOptions } from '@imageflow/core';
import type { Admin } from '@platformatic/kafka';
import type { Logger } from 'pino';
import { deadLetterHeaders, deadLetterTopic } from '../topics.ts';
import type { KafkaAddress } from './address.ts';
import { backoffMs, later } from './backoff.ts';
import type { ClientOptions } from './client.ts';
import { Commits } from './commits.ts';
import { Fetcher } from './fetcher.ts';
import type { CommittedOffset } from './ledger.ts';
import { Member } from './member.ts';
import { GroupOffsets } from './offsets.ts';
import { type Entry, OwnedPartition, readHeaders, toReceived } from './partition.ts';

export type Handler = Parameters<Bus['consume']>[2];

export interface ConsumerNeeds {
  readonly client: ClientOptions;
  readonly admin: Admin;
  readonly address: KafkaAddress;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Sees to it that the topics are there. */
  readonly prepare: () => Promise<void>;
  /** Resolves when the message is durable. */
  readonly publish: (message: BusMessage) => Promise<void>;
}

const firstDelayMs = 100;
const maxDelayMs = 30_000;

export class GroupConsumer {
  readonly #topic: string;
  readonly #options: ConsumeOptions;
  readonly #handle: Handler;
  readonly #needs: ConsumerNeeds;
  readonly #fetcher: Fetcher;
  readonly #offsets: GroupOffsets;
  readonly #commits: Commits;
  readonly #member: Member;
  readonly #wanted = new Map<number, symbol>();
  readonly #owned = new Map<number, OwnedPartition>();
  readonly #running = new Set<Promise<void>>();
  readonly #pauses = new Set<() => void>();
  #isInDoubt = false;
  #isClosed = false;

  constructor(topic: string, options: ConsumeOptions, handle: Handler, needs: ConsumerNeeds) {
    const { client, clock, logger, admin, address, prepare } = needs;
    const name = `${address.prefix}${topic}`;
    // A group of its own for each topic: members with different topics would share each other's rebalances.
    const groupId = `${address.prefix}${options.group}.${topic}`;
    this.#topic = topic;
    this.#options = options;
    this.#handle = handle;
    this.#needs = needs;
    this.#fetcher = new Fetcher(name, 'earliest', { client, clock, logger });
    this.#offsets = new GroupOffsets(admin, groupId);
    this.#commits = new Commits((offsets) => this.#write(name, offsets), clock, logger);
    this.#member = new Member(
      name,
      groupId,
      { client, clock, logger, prepare, sessionMs: address.sessionMs },
      {
        onAssigned: (partitions) => void this.#assign(name, partitions),
        onRevoked: (partitions) => this.#revoke(name, partitions),
        onDoubt: (isInDoubt) => this.#doubt(isInDoubt),
      },
    );
  }

  /** Aborts the handlers, waits for them, gives back what they had not finished and leaves the group. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#commits.hurry();
    for (const partition of this.#owned.values()) partition.suspend(new AppError('SHUTTING_DOWN'));
    for (const end of this.#pauses) end();
    while (this.#running.size > 0) await Promise.all(this.#running);
    await this.#commits.idle();
    await this.#member.close();
    await this.#fetcher.close();
  }

  async #write(name: string, offsets: Parameters<GroupOffsets['write']>[2]): Promise<void> {
    const { membership } = this.#member;
    if (membership === undefined) throw new Error('not a member of the group now');
    await this.#offsets.write(membership, name, offsets);
  }

  async #assign(name: string, partitions: readonly number[]): Promise<void> {
    // A partition can go and come back while offsets are read: then they are old.
    const turn = Symbol(name);
    const isWanted = (partition: number): boolean => this.#wanted.get(partition) === turn && !this.#isClosed;
    for (const partition of partitions) this.#wanted.set(partition, turn);
    for (let failures = 1; partitions.some(isWanted); failures += 1) {
      try {
        const committed = await this.#offsets.read(name, partitions);
        const first = [...committed.values()].includes(undefined) ? await this.#fetcher.offsets('earliest') : [];
        for (const partition of partitions.filter(isWanted)) {
          this.#own(partition, committed.get(partition) ?? { offset: first[partition] ?? 0n, metadata: '' });
        }
        return;
      } catch (error) {
        if (failures === 3) this.#needs.logger.warn({ err: error, topic: this.#topic }, 'the offsets of the group cannot be read');
        await later(this.#needs.clock, backoffMs(failures)).passed;
      }
    }
  }

  #own(number: number, committed: { offset: bigint; metadata: string }): void {
    const partition = new OwnedPartition(number, committed, () => this.#start());
    this.#owned.set(number, partition);
    if (this.#isInDoubt) partition.suspend(new AppError('BUS_UNAVAILABLE'));
    this.#fetcher.add(partition);
  }

  #revoke(name: string, partitions: readonly number[]): void {
    const last = new Map<number, CommittedOffset>();
    for (const number of partitions) {
      this.#wanted.delete(number);
      this.#fetcher.remove(number);
      const state = this.#owned.get(number)?.lose();
      if (state !== undefined) last.set(number, state);
      this.#owned.delete(number);
    }
    // In vain when the group has gone on already: then what ran here counts as delivered once more.
    if (last.size > 0)
      this.#write(name, last).catch((error: unknown) => this.#needs.logger.debug({ err: error }, 'too late for a last word'));
  }

  #doubt(isInDoubt: boolean): void {
    if (this.#isInDoubt === isInDoubt || this.#isClosed) return;
    this.#isInDoubt = isInDoubt;
    for (const partition of this.#owned.values()) {
      if (isInDoubt) partition.suspend(new AppError('BUS_UNAVAILABLE'));
      else partition.resume();
    }
  }

  /** Starts what can run now, a message of each partition in turn. */
  #start(): void {
    for (let hasFound = true; hasFound && !this.#isClosed; ) {
      hasFound = false;
      for (const partition of this.#owned.values()) {
        if (this.#running.size >= this.#options.concurrency) return;
        const entry = partition.next();
        if (entry === undefined) continue;
        hasFound = true;
        this.#run(partition, entry);
      }
    }
  }

  #run(partition: OwnedPartition, entry: Entry): void {
    const work = this.#deliver(partition, entry)
      .catch((error: unknown) => this.#needs.logger.error({ err: error, topic: this.#topic }, 'a message was left where it is'))
      .finally(() => {
        this.#running.delete(work);
        this.#fetcher.wake();
        this.#start();
      });
    this.#running.add(work);
  }

  async #deliver(partition: OwnedPartition, entry: Entry): Promise<void> {
    const { signal } = partition;
    const delivery = partition.deliveries(entry) + 1;
    if (delivery > this.#options.maxDeliveries) {
      return this.#bury(partition, entry, delivery - 1, 'the program ended each time while it was handling this message');
    }
    partition.setDeliveries(entry, delivery);
    await this.#commits.commit(partition);
    if (signal.aborted) return this.#putBack(partition, entry, delivery);
    try {
      await this.#handle(this.#received(entry, delivery), signal);
    } catch (error) {
      return this.#fail(partition, entry, { delivery, error, signal });
    }
    return this.#settle(partition, entry);
  }

  #received(entry: Entry, delivery: number): ReturnType<typeof toReceived> {
    try {
      return toReceived(this.#topic, entry, delivery);
    } catch (cause) {
      throw new NotJson(cause);
    }
  }

  async #settle(partition: OwnedPartition, entry: Entry): Promise<void> {
    partition.done(entry);
    await this.#commits.commit(partition);
  }

  async #fail(partition: OwnedPartition, entry: Entry, outcome: { delivery: number; error: unknown; signal: AbortSignal }): Promise<void> {
    const { delivery, error, signal } = outcome;
    // Stopping, or going to another member, is not the message's fault.
    if (signal.aborted) return this.#putBack(partition, entry, delivery);
    const facts = { err: error, topic: this.#topic, key: entry.key, delivery };
    if (delivery >= this.#options.maxDeliveries || error instanceof NotJson) {
      this.#needs.logger.error(facts, 'a message could not be handled and goes to the dead letters');
      return this.#bury(partition, entry, delivery, reasonOf(error));
    }
    this.#needs.logger.warn(facts, 'a message could not be handled and will be delivered again');
    this.#againAfter(Math.min(maxDelayMs, firstDelayMs * 2 ** (delivery - 1)), partition, entry);
  }

  /** Its key waits; a place for other keys is free. */
  #againAfter(ms: number, partition: OwnedPartition, entry: Entry): void {
    partition.pause(entry);
    const cancel = this.#needs.clock.after(ms, () => {
      this.#pauses.delete(cancel);
      partition.again(entry);
    });
    this.#pauses.add(cancel);
  }

  async #putBack(partition: OwnedPartition, entry: Entry, delivery: number): Promise<void> {
    partition.setDeliveries(entry, delivery - 1);
    partition.again(entry);
    await this.#commits.commit(partition);
  }

  /** Publishes until it is stored; when this process ends before, the message is found again and buried then. */
  async #bury(partition: OwnedPartition, entry: Entry, deliveries: number, reason: string): Promise<void> {
    const letter = toDeadLetter(this.#topic, entry, deliveries, reason);
    for (let failures = 1; partition.isOwned(); failures += 1) {
      try {
        await this.#needs.publish(letter);
        return await this.#settle(partition, entry);
      } catch (error) {
        this.#needs.logger.error({ err: error, topic: this.#topic }, 'a dead letter cannot be written yet');
        if (this.#isClosed) return;
        await later(this.#needs.clock, backoffMs(failures)).passed;
      }
    }
  }
}

class NotJson extends AppError {
  constructor(cause: unknown) {
    super('MALFORMED_BODY', { detail: { ja: 'メッセージが JSON ではありません', en: 'The message is not JSON' }, cause });
  }
}

function toDeadLetter(topic: string, entry: Entry, deliveries: number, reason: string): BusMessage {
  const text = entry.record.value?.toString('utf8') ?? 'null';
  const headers = {
    ...readHeaders(entry.record),
    [deadLetterHeaders.reason]: reason,
    [deadLetterHeaders.deliveries]: String(deliveries),
    [deadLetterHeaders.topic]: topic,
  };
  return { topic: deadLetterTopic(topic), key: entry.key, value: parseOrKeep(text), headers };
}

function parseOrKeep(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AppError) return `${error.code}: ${error.detail.en}`;
  return error instanceof Error ? error.message.slice(0, 500) : 'unknown';
}
