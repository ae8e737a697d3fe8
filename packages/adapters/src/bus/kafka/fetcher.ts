/**
 * Reads partitions from their leaders for ever, each from its own position, and hands over what it finds. A client that never joins a group:
 * whoever holds it says which partitions are read. Failures of any length are waited out; the positions stay.
 */
import type { Clock } from '@imageflow/core';
import { type ClusterMetadata, Consumer, findErrorBy, type RecordsBatch } from '@platformatic/kafka';
import type { Logger } from 'pino';
import { backoffMs, later } from './backoff.ts';
import { type ClientOptions, guarded } from './client.ts';

export interface FetchedRecord {
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[];
}

export interface ReadPartition {
  readonly partition: number;
  /** Offset of the next record to read; moved by the fetcher. */
  position: bigint;
  /** False: not now. */
  wants(): boolean;
  /** Answers how many it took, from the first; the rest is read again when it wants more. */
  take(records: readonly FetchedRecord[]): number;
}

type FetchedPartition = Awaited<ReturnType<Consumer['fetch']>>['responses'][0]['partitions'][0];

export interface FetcherNeeds {
  readonly client: ClientOptions;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a broker holds a request back while there is nothing: also how soon a partition that is added is read. */
const maxWaitMs = 250;
/** What is too much is read again: a broker sends one message at least, however large. */
const maxBytesPerPartition = 262_144;
/** When nobody wants anything, it is looked again this often even if nothing calls. */
const idleMs = 1_000;

const outOfRange = 1;
const isControl = 0b10_0000;

export class Fetcher {
  readonly #topic: string;
  /** Where to go when a position is not there any more (or not yet: the log was cut). */
  readonly #whenLost: 'earliest' | 'latest';
  readonly #needs: FetcherNeeds;
  readonly #client: Consumer;
  readonly #partitions = new Map<number, ReadPartition>();
  readonly #ended: Promise<void>;
  #isClosed = false;
  #failures = 0;
  #wake: () => void = () => undefined;

  constructor(topic: string, whenLost: 'earliest' | 'latest', needs: FetcherNeeds) {
    this.#topic = topic;
    this.#whenLost = whenLost;
    this.#needs = needs;
    // It only fetches: the name of a group is asked for, but never used.
    this.#client = guarded(new Consumer({ ...needs.client, groupId: 'none', maxWaitTime: maxWaitMs, minBytes: 1, isolationLevel: 1 }));
    this.#client.topics.trackAll(topic);
    this.#ended = this.#run();
  }

  add(partition: ReadPartition): void {
    this.#partitions.set(partition.partition, partition);
    this.#wake();
  }

  remove(partition: number): void {
    this.#partitions.delete(partition);
  }

  /** A partition wants more again. */
  wake(): void {
    this.#wake();
  }

  /** First offsets (`earliest`), or those the next records will get, of every partition. */
  async offsets(of: 'earliest' | 'latest'): Promise<readonly bigint[]> {
    this.#client.clearMetadata();
    const offsets = await this.#client.listOffsets({ topics: [this.#topic], timestamp: of === 'earliest' ? -2n : -1n });
    return offsets.get(this.#topic) ?? [];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    await this.#client.close(true).catch(() => undefined);
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#round();
        if (this.#failures > 0) this.#needs.logger.info({ topic: this.#topic }, 'the topic is read again');
        this.#failures = 0;
      } catch (error) {
        await this.#waitOut(error);
      }
    }
  }

  async #waitOut(error: unknown): Promise<void> {
    if (this.#isClosed) return;
    this.#failures += 1;
    if (this.#failures === 2) this.#needs.logger.warn({ err: error, topic: this.#topic }, 'the topic cannot be read');
    this.#client.clearMetadata();
    await this.#pause(backoffMs(this.#failures));
  }

  async #round(): Promise<void> {
    const wanted = [...this.#partitions.values()].filter((partition) => partition.wants());
    if (wanted.length === 0) return this.#pause(idleMs);
    const metadata = await this.#client.metadata({ topics: [this.#topic] });
    const byLeader = Map.groupBy(wanted, ({ partition }) => leaderOf(metadata, this.#topic, partition));
    // One round is as slow as its slowest leader: brokers answer within maxWaitMs, or the request fails.
    await Promise.all([...byLeader].map(([node, partitions]) => this.#fetch(metadata, node, partitions)));
  }

  async #fetch(metadata: ClusterMetadata, node: number, partitions: readonly ReadPartition[]): Promise<void> {
    const topicId = metadata.topics.get(this.#topic)?.id ?? '';
    const from = new Map(partitions.map((partition) => [partition.partition, partition.position]));
    const request = partitions.map(({ partition, position: fetchOffset }) => ({
      partition,
      fetchOffset,
      partitionMaxBytes: maxBytesPerPartition,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
    }));
    const answers = await this.#request(node, topicId, request);
    for (const answer of answers) {
      const partition = this.#partitions.get(answer.partitionIndex);
      // Given up, or given up and added again at another position, meanwhile.
      if (partition === undefined || partition.position !== from.get(answer.partitionIndex)) continue;
      if (answer.errorCode === outOfRange) this.#moveBack(partition, answer);
      else this.#handOver(partition, answer.records ?? []);
    }
  }

  async #request(node: number, topicId: string, partitions: Parameters<Consumer['fetch']>[0]['topics'][0]['partitions']) {
    try {
      const { responses } = await this.#client.fetch({ node, topics: [{ topicId, partitions }] });
      return responses.flatMap((topic) => topic.partitions);
    } catch (error) {
      // The client makes an error of the whole answer when one partition has one.
      const failed = findErrorBy(error as Error, 'apiId', 'OFFSET_OUT_OF_RANGE');
      const answer = (error as { response?: { responses?: { partitions: FetchedPartition[] }[] } }).response;
      if (failed === null || answer?.responses === undefined) throw error;
      return answer.responses.flatMap((topic) => topic.partitions).filter(({ errorCode }) => errorCode === 0 || errorCode === outOfRange);
    }
  }

  #moveBack(partition: ReadPartition, { logStartOffset, highWatermark }: FetchedPartition): void {
    const { position } = partition;
    partition.position = this.#whenLost === 'latest' && position > highWatermark && highWatermark >= 0n ? highWatermark : logStartOffset;
    if (partition.position < 0n) partition.position = 0n;
    const facts = { topic: this.#topic, partition: partition.partition, from: String(position), to: String(partition.position) };
    this.#needs.logger.warn(facts, 'messages are not in the topic any more: reading goes on elsewhere');
  }

  #handOver(partition: ReadPartition, batches: readonly RecordsBatch[]): void {
    const from = partition.position;
    const records: FetchedRecord[] = [];
    for (const batch of batches) {
      const next = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
      if (next > partition.position) partition.position = next;
      if ((batch.attributes & isControl) !== 0) continue;
      for (const record of batch.records) {
        const offset = batch.firstOffset + BigInt(record.offsetDelta);
        // A batch comes whole, also when the position is in its middle.
        if (offset >= from) records.push({ offset, key: record.key, value: record.value, headers: record.headers });
      }
    }
    const taken = records.length === 0 ? 0 : partition.take(records);
    partition.position = records[taken]?.offset ?? partition.position;
  }

  async #pause(ms: number): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const timer = later(this.#needs.clock, ms);
    await Promise.race([woken, timer.passed]);
    timer.cancel();
  }
}

function leaderOf(metadata: ClusterMetadata, topic: string, partition: number): number {
  const leader = metadata.topics.get(topic)?.partitions[partition]?.leader;
  if (leader === undefined || leader < 0) throw new Error(`partition ${partition} of ${topic} has no leader`);
  return leader;
}
