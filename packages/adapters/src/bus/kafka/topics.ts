/** Makes the topics that are missing, once each, where the cluster allows it. */
import { type Admin, findErrorBy } from '@platformatic/kafka';
import type { Logger } from 'pino';
import { isDurable } from '../topics.ts';
import type { KafkaAddress } from './address.ts';

/** Copies of facts that the database holds: read at once or not at all. */
const passingRetentionMs = 24 * 3_600_000;

export class TopicMaker {
  readonly #admin: Admin;
  readonly #address: KafkaAddress;
  readonly #logger: Logger;
  readonly #made = new Map<string, Promise<void>>();

  constructor(admin: Admin, address: KafkaAddress, logger: Logger) {
    this.#admin = admin;
    this.#address = address;
    this.#logger = logger;
  }

  /**
   * Resolves when the topic is there, or when it is not ours to make: then whoever uses it hears what is wrong.
   * Rejects when the cluster cannot be reached; the next call tries again. `isMissing`: what was known of it may be wrong.
   */
  ensure(topic: string, isMissing = false): Promise<void> {
    if (isMissing) this.#made.delete(topic);
    const known = this.#made.get(topic) ?? this.#make(topic);
    this.#made.set(topic, known);
    known.catch(() => this.#made.delete(topic));
    return known;
  }

  async #make(topic: string): Promise<void> {
    const { prefix, partitions, replication: replicas } = this.#address;
    const name = `${prefix}${topic}`;
    const configs = isDurable(topic) ? [] : [{ name: 'retention.ms', value: String(passingRetentionMs) }];
    try {
      await this.#admin.createTopics({ topics: [name], partitions, replicas, configs });
      this.#logger.info({ topic: name, partitions }, 'topic made');
    } catch (error) {
      if (isOneOf(error, 'TOPIC_ALREADY_EXISTS')) return;
      if (!isOneOf(error, 'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'POLICY_VIOLATION')) throw error;
      this.#logger.info({ topic: name }, 'this account may not make topics: it is expected to be there');
    }
  }
}

function isOneOf(error: unknown, ...ids: string[]): boolean {
  return error instanceof Error && ids.some((id) => findErrorBy(error, 'apiId', id) !== null);
}
