/** A partition this process owns: its messages in memory, in order by key. */
import { AppError, type ReceivedMessage } from '@imageflow/core';
import type { Committable } from './commits.ts';
import type { FetchedRecord, ReadPartition } from './fetcher.ts';
import { type CommittedOffset, Ledger, maxOpen } from './ledger.ts';

export interface Entry {
  readonly offset: bigint;
  readonly key: string;
  readonly record: FetchedRecord;
}

export class OwnedPartition implements ReadPartition, Committable {
  readonly partition: number;
  position: bigint;
  readonly #ledger: Ledger;
  readonly #onReady: () => void;
  /** Messages of each key in order; the first is the one that runs, waits for its next delivery, or is ready. */
  readonly #keys = new Map<string, Entry[]>();
  readonly #ready: string[] = [];
  readonly #running = new Set<Entry>();
  #abort = new AbortController();
  #isOwned = true;

  constructor(partition: number, committed: CommittedOffset, onReady: () => void) {
    this.partition = partition;
    this.position = committed.offset;
    this.#ledger = new Ledger(committed);
    this.#onReady = onReady;
  }

  /** Aborted when the partition is given up, in doubt, or this process stops. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  wants(): boolean {
    return this.#isOwned && this.#ledger.openCount < maxOpen;
  }

  isOwned(): boolean {
    return this.#isOwned;
  }

  toCommit(): CommittedOffset {
    return this.#ledger.toCommit();
  }

  take(records: readonly FetchedRecord[]): number {
    let taken = 0;
    for (const record of records) {
      if (!this.wants()) break;
      taken += 1;
      if (!this.#ledger.arrive(record.offset)) continue;
      const key = record.key?.toString('utf8') ?? '';
      const entry = { offset: record.offset, key, record };
      const earlier = this.#keys.get(key);
      if (earlier !== undefined) earlier.push(entry);
      else {
        this.#keys.set(key, [entry]);
        this.#ready.push(key);
      }
    }
    if (this.#ready.length > 0) this.#onReady();
    return taken;
  }

  /** The next message that can be handled; it runs until `pause`, `done` or `again`, its key is busy until `done` or `again`. */
  next(): Entry | undefined {
    if (!this.#isOwned || this.#abort.signal.aborted) return undefined;
    const key = this.#ready.shift();
    const entry = key === undefined ? undefined : this.#keys.get(key)?.[0];
    if (entry !== undefined) this.#running.add(entry);
    return entry;
  }

  deliveries(entry: Entry): number {
    return this.#ledger.deliveries(entry.offset);
  }

  setDeliveries(entry: Entry, deliveries: number): void {
    this.#ledger.setDeliveries(entry.offset, deliveries);
  }

  /** It has failed, and waits for its next delivery. */
  pause(entry: Entry): void {
    this.#running.delete(entry);
  }

  done(entry: Entry): void {
    this.#running.delete(entry);
    this.#ledger.done(entry.offset);
    const entries = this.#keys.get(entry.key);
    entries?.shift();
    if (entries === undefined || entries.length === 0) this.#keys.delete(entry.key);
    else this.#makeReady(entry.key);
  }

  /** It may be handed out again. */
  again(entry: Entry): void {
    this.#running.delete(entry);
    this.#makeReady(entry.key);
  }

  /** Handlers stop, nothing new starts. */
  suspend(reason: AppError): void {
    this.#abort.abort(reason);
  }

  resume(): void {
    if (!this.#isOwned || !this.#abort.signal.aborted) return;
    this.#abort = new AbortController();
    this.#onReady();
  }

  /** Gives the partition up; returns the last state to commit, in which running deliveries do not count. */
  lose(): CommittedOffset {
    for (const { offset } of this.#running) this.#ledger.setDeliveries(offset, Math.max(0, this.#ledger.deliveries(offset) - 1));
    this.#isOwned = false;
    this.#abort.abort(new AppError('CANCELLED', { detail: lostDetail, retryable: true }));
    return this.#ledger.toCommit();
  }

  #makeReady(key: string): void {
    this.#ready.push(key);
    this.#onReady();
  }
}

const lostDetail = { ja: 'このメッセージは別のプロセスが引き継ぎました', en: 'Another process has taken this message over' };

/** @throws when the value is not JSON */
export function toReceived(topic: string, { key, record }: Entry, delivery: number): ReceivedMessage {
  return { topic, key, value: JSON.parse(record.value?.toString('utf8') ?? 'null'), headers: readHeaders(record), delivery };
}

export function readHeaders({ headers }: FetchedRecord): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name?.toString('utf8') ?? '', value?.toString('utf8') ?? '']));
}
