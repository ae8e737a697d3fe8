/** A group's offsets with their metadata, which the client's own calls leave out. */
import { type Admin, type Connection, offsetCommitV8, offsetFetchV8 } from '@platformatic/kafka';
import type { CommittedOffset } from './ledger.ts';

export interface Membership {
  readonly groupId: string;
  readonly memberId: string;
  readonly generationId: number;
}

/** On connections of its own (`admin`'s): a broker answers a connection's requests in turn, and joining a group can take long. */
export class GroupOffsets {
  readonly #admin: Admin;
  readonly #groupId: string;
  #coordinator: number | undefined;

  constructor(admin: Admin, groupId: string) {
    this.#admin = admin;
    this.#groupId = groupId;
  }

  /** Undefined for a partition the group has no offset of. */
  async read(topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, CommittedOffset | undefined>> {
    const request = {
      groupId: this.#groupId,
      memberId: null,
      memberEpoch: -1,
      topics: [{ name: topic, partitionIndexes: [...partitions] }],
    };
    const answer = await this.#ask((connection) => offsetFetchV8.api.async(connection, [request], false));
    const found = answer.groups.flatMap((group) => group.topics).flatMap((entry) => entry.partitions);
    return new Map(
      found.map(({ partitionIndex, committedOffset: offset, metadata }) => [
        partitionIndex,
        offset < 0n ? undefined : { offset, metadata: metadata ?? '' },
      ]),
    );
  }

  /** Rejects when the group has moved on without this member. */
  async write(member: Membership, topic: string, offsets: ReadonlyMap<number, CommittedOffset>): Promise<void> {
    const partitions = [...offsets].map(([partitionIndex, { offset, metadata }]) => ({
      partitionIndex,
      committedOffset: offset,
      committedLeaderEpoch: -1,
      committedMetadata: metadata,
    }));
    const { groupId, generationId, memberId } = member;
    await this.#ask((connection) =>
      offsetCommitV8.api.async(connection, groupId, generationId, memberId, null, [{ name: topic, partitions }]),
    );
  }

  async #ask<T>(request: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await request(await this.#connect());
    } catch (error) {
      this.#coordinator = undefined;
      throw error;
    }
  }

  async #connect(): Promise<Connection> {
    this.#coordinator ??= await this.#findCoordinator();
    const connections = await this.#admin.connectToBrokers([this.#coordinator]);
    const connection = connections.get(this.#coordinator);
    if (connection !== undefined) return connection;
    this.#admin.clearMetadata();
    throw new Error(`the group's coordinator ${this.#coordinator} is not among the brokers`);
  }

  async #findCoordinator(): Promise<number> {
    const [found] = await this.#admin.findCoordinator({ keyType: 0, keys: [this.#groupId] });
    if (found === undefined) throw new Error('the group has no coordinator');
    return found.nodeId;
  }
}
