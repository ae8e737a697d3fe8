/**
 * The bus on Apache Kafka. What a cluster that is away means for each call: publishing a durable message fails after a limited time, copies of
 * facts (progress) wait in bounded memory, consumers and listeners go on by themselves when it is back, however long that takes.
 */
import { AppError, type Bus, type BusMessage, type ConsumeOptions, type Subscription } from '@imageflow/core';
import { Admin } from '@platformatic/kafka';
import { messageTooLarge, toBusError } from '../errors.ts';
import type { BusNeeds } from '../needs.ts';
import { deadLetterTopic, isDurable, maxMessageBytes } from '../topics.ts';
import { type KafkaAddress, parseKafkaAddress } from './address.ts';
import { later, within } from './backoff.ts';
import { type ClientOptions, clientOptions, guarded } from './client.ts';
import { GroupConsumer, type Handler } from './consumer.ts';
import { TopicListener } from './listener.ts';
import { createProducer, Lane } from './producer.ts';
import { TopicMaker } from './topics.ts';

/** How long the publisher of a durable message waits at most. */
const patienceMs = 5_000;
/** How long a listener waits at most until it hears; afterwards it starts by itself. */
const startMs = 5_000;
const checkMs = 3_000;
/** How long what is published but not sent yet may take at the end. */
const closeMs = 3_000;
const maxWaiting = { maxMessages: 8_000, maxBytes: 32_000_000 };

/** @throws AppError VALIDATION_ERROR; not when the cluster is away */
export function openKafkaBus(url: string, needs: Omit<BusNeeds, 'db'>): Bus {
  return new KafkaBus(parseKafkaAddress(url), needs);
}

class KafkaBus implements Bus {
  readonly kind = 'kafka';
  readonly #address: KafkaAddress;
  readonly #needs: Omit<BusNeeds, 'db'>;
  readonly #client: ClientOptions;
  readonly #admin: Admin;
  readonly #producer: ReturnType<typeof createProducer>;
  readonly #topics: TopicMaker;
  readonly #lanes = new Map<string, Lane>();
  readonly #consumers = new Set<GroupConsumer>();
  readonly #listeners = new Map<string, TopicListener>();
  #isClosed = false;

  constructor(address: KafkaAddress, needs: Omit<BusNeeds, 'db'>) {
    this.#address = address;
    this.#needs = needs;
    this.#client = clientOptions(address);
    this.#admin = guarded(new Admin(this.#client));
    this.#producer = createProducer(this.#client);
    this.#topics = new TopicMaker(this.#admin, address, needs.logger);
  }

  async publish(message: BusMessage): Promise<void> {
    this.#requireOpen();
    await this.#send(message);
  }

  async consume(topic: string, options: ConsumeOptions, handle: Handler): Promise<Subscription> {
    this.#requireOpen();
    if (!isDurable(topic)) throw new AppError('INTERNAL', { cause: new Error(`${topic} is not a durable topic: subscribe to it`) });
    const { clock, logger } = this.#needs;
    // Ahead of time, so that a missing topic is not what a consumer fails on first.
    const prepare = async (): Promise<void> => {
      await Promise.all([this.#topics.ensure(topic), this.#topics.ensure(deadLetterTopic(topic))]);
    };
    await within(clock, startMs, prepare(), toBusError.bind(undefined, undefined)).catch(() => undefined);
    this.#requireOpen();
    const consumer = new GroupConsumer(topic, options, handle, {
      client: this.#client,
      admin: this.#admin,
      address: this.#address,
      clock,
      logger,
      prepare,
      publish: (message) => this.#send(message),
    });
    this.#consumers.add(consumer);
    return {
      close: async () => {
        this.#consumers.delete(consumer);
        await consumer.close();
      },
    };
  }

  async subscribe(topic: string, handle: (message: BusMessage) => void): Promise<Subscription> {
    this.#requireOpen();
    const { clock, logger } = this.#needs;
    const name = `${this.#address.prefix}${topic}`;
    const prepare = (): Promise<void> => this.#topics.ensure(topic);
    const listener = this.#listeners.get(topic) ?? new TopicListener(topic, name, { client: this.#client, clock, logger }, prepare);
    this.#listeners.set(topic, listener);
    const remove = listener.add(handle);
    const timer = later(clock, startMs);
    await Promise.race([listener.started(), timer.passed]);
    timer.cancel();
    return {
      close: async () => {
        remove();
        if (listener.isUsed || this.#listeners.get(topic) !== listener) return;
        this.#listeners.delete(topic);
        await listener.close();
      },
    };
  }

  async check(): Promise<void> {
    this.#requireOpen();
    try {
      const answer = this.#admin.metadata({ topics: [], forceUpdate: true });
      await within(this.#needs.clock, checkMs, answer, () => toBusError(new Error('no broker answers')));
    } catch (error) {
      throw toBusError(error);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await Promise.all([...this.#listeners.values()].map((listener) => listener.close()));
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close(closeMs)));
    await Promise.all([this.#producer.close().catch(() => undefined), this.#admin.close().catch(() => undefined)]);
  }

  async #send({ topic, key, value, headers }: BusMessage): Promise<void> {
    const text = JSON.stringify(value);
    const sizeBytes = Buffer.byteLength(text);
    if (sizeBytes > maxMessageBytes) throw messageTooLarge(topic, sizeBytes);
    await this.#lane(topic).send({ key, value: text, headers });
  }

  #lane(topic: string): Lane {
    const known = this.#lanes.get(topic);
    if (known !== undefined) return known;
    const options = isDurable(topic)
      ? ({ patienceMs, whenFull: 'refuse' } as const)
      : ({ patienceMs: undefined, whenFull: 'drop-oldest' } as const);
    const name = `${this.#address.prefix}${topic}`;
    const prepare = (hasFailed: boolean): Promise<void> => this.#topics.ensure(topic, hasFailed);
    const lane = new Lane(this.#producer, { ...options, ...maxWaiting, topic: name, prepare }, this.#needs.clock, this.#needs.logger);
    this.#lanes.set(topic, lane);
    return lane;
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new AppError('BUS_UNAVAILABLE', { cause: new Error('the bus is closed') });
  }
}
