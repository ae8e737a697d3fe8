/**
 * The bus inside one process. A durable message is a row before `publish` resolves and until a consumer has settled it, so it survives
 * the process; a passing one is only handed on. A topic has one group of consumers here: a row is gone when one of them is done with it.
 */
import { AppError, type Bus, type BusMessage, type ConsumeOptions, type Subscription } from '@imageflow/core';
import { messageTooLarge, toBusError } from '../errors.ts';
import type { BusNeeds } from '../needs.ts';
import { isDurable, maxMessageBytes } from '../topics.ts';
import { createTopic, type Handler, startConsumer, type Topic } from './consumer.ts';
import { insertMessage } from './queue.ts';

type Listener = (message: BusMessage) => void;

export function openEmbeddedBus(needs: BusNeeds): Bus {
  return new EmbeddedBus(needs);
}

class EmbeddedBus implements Bus {
  readonly kind = 'embedded';
  readonly #needs: BusNeeds;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #topics = new Map<string, Topic>();
  readonly #consumers = new Set<Subscription>();
  #isClosed = false;

  constructor(needs: BusNeeds) {
    this.#needs = needs;
  }

  async publish(message: BusMessage): Promise<void> {
    this.#requireOpen();
    if (isDurable(message.topic)) await this.#store(message);
    this.#announce(message);
  }

  async consume(topic: string, options: ConsumeOptions, handle: Handler): Promise<Subscription> {
    this.#requireOpen();
    if (!isDurable(topic)) throw new AppError('INTERNAL', { cause: new Error(`${topic} is not a durable topic: subscribe to it`) });
    const consumer = startConsumer(this.#topic(topic, options.group), options, handle, {
      ...this.#needs,
      onBuried: (message) => this.#announce(message),
    });
    this.#consumers.add(consumer);
    return {
      close: async () => {
        this.#consumers.delete(consumer);
        await consumer.close();
      },
    };
  }

  async subscribe(topic: string, handle: Listener): Promise<Subscription> {
    this.#requireOpen();
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners);
    // A wrapper of its own, so that one function may listen twice.
    const listener: Listener = (message) => handle(message);
    listeners.add(listener);
    return {
      close: async () => {
        listeners.delete(listener);
      },
    };
  }

  async check(): Promise<void> {
    this.#requireOpen();
    try {
      await this.#needs.db.selectFrom('bus_messages').select('id').limit(1).execute();
    } catch (error) {
      throw toBusError(error);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    this.#listeners.clear();
  }

  async #store(message: BusMessage): Promise<void> {
    const value = JSON.stringify(message.value);
    const sizeBytes = Buffer.byteLength(value);
    if (sizeBytes > maxMessageBytes) throw messageTooLarge(message.topic, sizeBytes);
    try {
      await insertMessage(this.#needs.db, message, value, new Date(this.#needs.clock.now()));
    } catch (error) {
      throw toBusError(error);
    }
  }

  #announce(message: BusMessage): void {
    this.#topics.get(message.topic)?.wake();
    for (const listener of [...(this.#listeners.get(message.topic) ?? [])]) {
      try {
        listener(message);
      } catch (error) {
        this.#needs.logger.error({ err: error, topic: message.topic }, 'a listener of the bus failed');
      }
    }
  }

  #topic(name: string, group: string): Topic {
    const topic = this.#topics.get(name) ?? createTopic(name, group);
    this.#topics.set(name, topic);
    if (topic.group === group) return topic;
    throw new AppError('INTERNAL', { cause: new Error(`${name} is consumed by ${topic.group} already: one group a topic here`) });
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new AppError('BUS_UNAVAILABLE', { cause: new Error('the bus is closed') });
  }
}
