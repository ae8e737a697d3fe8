/**
 * Membership of a consumer group, kept for ever: joins, sends heartbeats (the client does, whatever handlers are doing), joins again.
 *
 * Partitions move cooperatively: one that goes to another member is given up here first, the others stay and their work goes on. When
 * membership was lost in between (another member may have had everything), all of it counts as lost, also what comes back.
 */
import type { Clock } from '@imageflow/core';
import { Consumer } from '@platformatic/kafka';
import type { Logger } from 'pino';
import { backoffMs, later } from './backoff.ts';
import { type ClientOptions, guarded } from './client.ts';
import type { Membership } from './offsets.ts';

export interface MemberEvents {
  onAssigned(partitions: readonly number[]): void;
  onRevoked(partitions: readonly number[]): void;
  /** `true`: heartbeats failed so long that our partitions may have been given away; `false`: they are still ours. */
  onDoubt(isInDoubt: boolean): void;
}

interface MemberNeeds {
  readonly client: ClientOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sessionMs: number;
  /** Before joining: the topic must be there. */
  prepare(): Promise<void>;
}

/** How many heartbeats may be lost. */
const heartbeatsPerSession = 6;
/** How long the others are waited for when partitions are shared out anew, longer than a session. */
const rebalanceGraceMs = 5_000;
/** A client that cannot join so often in a row is replaced by a new one. */
const maxFailures = 10;

export class Member {
  readonly #topic: string;
  readonly #groupId: string;
  readonly #needs: MemberNeeds;
  readonly #events: MemberEvents;
  readonly #owned = new Set<number>();
  readonly #ended: Promise<void>;
  #client: Consumer;
  #last: { memberId: string | null; generationId: number } | undefined;
  #isClosed = false;
  #failed: (error: unknown) => void = () => undefined;

  constructor(topic: string, groupId: string, needs: MemberNeeds, events: MemberEvents) {
    this.#topic = topic;
    this.#groupId = groupId;
    this.#needs = needs;
    this.#events = events;
    this.#client = this.#createClient();
    this.#ended = this.#run();
  }

  /** Undefined while it is not one. */
  get membership(): Membership | undefined {
    const { memberId, generationId } = this.#client;
    return memberId === null ? undefined : { groupId: this.#groupId, memberId, generationId };
  }

  /** Leaves the group, so that the others take over at once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#failed(new Error('closed'));
    await this.#client.close(true).catch(() => undefined);
    await this.#ended;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#isClosed) {
      // Before joining: the client can fail at any time from then on.
      const failed = new Promise<unknown>((resolve) => {
        this.#failed = resolve;
      });
      try {
        await this.#needs.prepare();
        await this.#client.joinGroup({});
        failures = 0;
        throw await failed;
      } catch (error) {
        if (this.#isClosed) return;
        failures += 1;
        await this.#waitOut(error, failures);
      }
    }
  }

  async #waitOut(error: unknown, failures: number): Promise<void> {
    if (failures === 2)
      this.#needs.logger.warn({ err: error, topic: this.#topic, group: this.#groupId }, 'the consumer group cannot be joined');
    this.#client.clearMetadata();
    if (failures % maxFailures === 0) {
      const old = this.#client;
      this.#client = this.#createClient();
      old.close(true).catch(() => undefined);
    }
    const timer = later(this.#needs.clock, backoffMs(failures));
    await timer.passed;
  }

  #createClient(): Consumer {
    const { sessionMs } = this.#needs;
    const rebalanceMs = sessionMs + rebalanceGraceMs;
    const client = guarded(
      new Consumer({
        ...this.#needs.client,
        groupId: this.#groupId,
        // The answer to a request to join comes when the others have joined, too.
        requestTimeout: rebalanceMs + 5_000,
        retries: 2,
        retryDelay: 300,
        sessionTimeout: sessionMs,
        rebalanceTimeout: rebalanceMs,
        heartbeatInterval: Math.ceil(sessionMs / heartbeatsPerSession),
        heartbeatStallTimeout: sessionMs,
        protocols: [{ name: 'cooperative-sticky', version: 3 }],
      }),
    );
    client.topics.trackAll(this.#topic);
    client.on('error', (error) => client === this.#client && this.#failed(error));
    client.on('consumer:heartbeat:stalled', () => client === this.#client && this.#events.onDoubt(true));
    client.on('consumer:heartbeat:end', () => client === this.#client && this.#events.onDoubt(false));
    client.on('consumer:group:rebalance', () => client === this.#client && this.#giveUp());
    client.on('consumer:group:join', () => client === this.#client && this.#joined());
    return client;
  }

  #assigned(): Set<number> {
    return new Set(this.#client.assignments?.find(({ topic }) => topic === this.#topic)?.partitions ?? []);
  }

  /** Before joining again; what is missing from the assignment now goes to others. */
  #giveUp(): void {
    const { memberId, generationId } = this.#client;
    if (this.#last !== undefined && memberId === this.#last.memberId) this.#last = { memberId, generationId };
    const kept = this.#assigned();
    this.#revoke([...this.#owned].filter((partition) => !kept.has(partition)));
  }

  #joined(): void {
    if (this.#isClosed) return;
    const { memberId, generationId } = this.#client;
    const isContinued = this.#last?.memberId === memberId && generationId - (this.#last?.generationId ?? 0) <= 1;
    this.#last = { memberId, generationId };
    const assigned = this.#assigned();
    this.#revoke([...this.#owned].filter((partition) => !isContinued || !assigned.has(partition)));
    const added = [...assigned].filter((partition) => !this.#owned.has(partition));
    for (const partition of added) this.#owned.add(partition);
    const facts = { topic: this.#topic, group: this.#groupId, generation: generationId, partitions: [...assigned] };
    this.#needs.logger.debug(facts, 'partitions are shared out');
    this.#events.onDoubt(false);
    if (added.length > 0) this.#events.onAssigned(added);
  }

  #revoke(partitions: readonly number[]): void {
    for (const partition of partitions) this.#owned.delete(partition);
    if (partitions.length > 0) this.#events.onRevoked(partitions);
  }
}
