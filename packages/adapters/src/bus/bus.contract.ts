/** What every bus promises. Each adapter's test runs it. */
import { AppError, type Bus, type BusMessage, type ConsumeOptions, type ReceivedMessage } from '@imageflow/core';
import { describe, expect, it, vi } from 'vitest';
import { deadLetterHeaders } from './topics.ts';

export interface BusUnderTest {
  /** A bus on the same queue as every other one opened here, closed or not. */
  open(): Promise<Bus>;
}

const options: ConsumeOptions = { group: 'workers', concurrency: 4, maxDeliveries: 3 };

let topics = 0;
const freshTopic = (): string => {
  topics += 1;
  return `promises-${topics}-${process.pid}`;
};

const message = (topic: string, key: string, value: unknown): BusMessage => ({
  topic,
  key,
  value,
  headers: { ce_type: 'test', traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
});

const soon = { timeout: 8_000, interval: 5 };

/** Handlers wait here until they are let go. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

export function describeBus(name: string, setUp: () => Promise<BusUnderTest>): void {
  describe(`bus: ${name}`, () => {
    it('delivers what was published, with key, value, headers and the number of the delivery', async () => {
      const bus = await (await setUp()).open();
      const topic = freshTopic();
      const received: ReceivedMessage[] = [];
      await bus.publish(message(topic, 'k', { text: '検査', list: [1, null, { a: true }] }));
      await bus.consume(topic, options, async (got) => void received.push(got));
      await vi.waitFor(() => expect(received).toHaveLength(1), soon);
      expect(received[0]).toEqual({ ...message(topic, 'k', { text: '検査', list: [1, null, { a: true }] }), delivery: 1 });
      await bus.close();
    });

    it('delivers each message to one member of the group', async () => {
      const bus = await (await setUp()).open();
      const topic = freshTopic();
      const received: unknown[] = [];
      for (let member = 0; member < 3; member += 1) {
        await bus.consume(topic, { ...options, concurrency: 2 }, async ({ value }) => void received.push(value));
      }
      await Promise.all(Array.from({ length: 40 }, (_, index) => bus.publish(message(topic, `k${index}`, index))));
      await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(40), soon);
      expect([...received].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 40 }, (_, index) => index));
      await bus.close();
    });

    it('keeps the order of each key, and never handles two of a key at once', async () => {
      const bus = await (await setUp()).open();
      const topic = freshTopic();
      const seen = new Map<string, number[]>();
      const running = new Set<string>();
      for (let index = 0; index < 30; index += 1) await bus.publish(message(topic, `k${index % 3}`, index));
      await bus.consume(topic, options, async ({ key, value }) => {
        expect(running.has(key)).toBe(false);
        running.add(key);
        await new Promise((resolve) => setImmediate(resolve));
        running.delete(key);
        seen.set(key, [...(seen.get(key) ?? []), Number(value)]);
      });
      await vi.waitFor(() => expect([...seen.values()].flat()).toHaveLength(30), soon);
      for (const values of seen.values()) expect(values).toEqual([...values].sort((a, b) => a - b));
      await bus.close();
    });

    it('handles as many keys at once as it is told, and no more', async () => {
      const bus = await (await setUp()).open();
      const topic = freshTopic();
      const { opened, open } = gate();
      let running = 0;
      let most = 0;
      let done = 0;
      for (let index = 0; index < 8; index += 1) await bus.publish(message(topic, `k${index}`, index));
      await bus.consume(topic, { ...options, concurrency: 3 }, async () => {
        running += 1;
        most = Math.max(most, running);
        await opened;
        running -= 1;
        done += 1;
      });
      await vi.waitFor(() => expect(running).toBe(3), soon);
      open();
      await vi.waitFor(() => expect(done).toBe(8), soon);
      expect(most).toBe(3);
      await bus.close();
    });

    it('delivers again what a handler rejected, before the next of its key', async () => {
      const bus = await (await setUp()).open();
      const topic = freshTopic();
      const seen: string[] = [];
      await bus.publish(message(topic, 'k', 'first'));
      await bus.publish(message(topic, 'k', 'second'));
      await bus.consume(topic, options, async ({ value, delivery }) => {
        seen.push(`${value} ${delivery}`);
        if (value === 'first' && delivery < 3) throw new AppError('SERVICE_UNAVAILABLE');
      });
      await vi.waitFor(() => expect(seen).toContain('second 1'), soon);
      expect(seen).toEqual(['first 1', 'first 2', 'first 3', 'second 1']);
      await bus.close();
    });

    it('moves a message that no delivery settles to the dead letters, says why, and goes on', async () => {
      const bus = await (await setUp()).open();
      const topic = freshTopic();
      const dead: ReceivedMessage[] = [];
      const settled: unknown[] = [];
      await bus.publish(message(topic, 'k', 'poison'));
      await bus.publish(message(topic, 'k', 'good'));
      await bus.consume(`${topic}.dlq`, options, async (got) => void dead.push(got));
      await bus.consume(topic, { ...options, maxDeliveries: 2 }, async ({ value }) => {
        if (value === 'poison') throw new AppError('IMAGE_BROKEN');
        settled.push(value);
      });
      await vi.waitFor(() => expect([dead.length, settled.length]).toEqual([1, 1]), soon);
      expect(dead[0]).toMatchObject({ key: 'k', value: 'poison', delivery: 1 });
      expect(dead[0]?.headers).toMatchObject({
        ce_type: 'test',
        [deadLetterHeaders.topic]: topic,
        [deadLetterHeaders.deliveries]: '2',
        [deadLetterHeaders.reason]: expect.stringContaining('IMAGE_BROKEN'),
      });
      await bus.close();
    });

    it('gives a message of an interrupted handler to the next consumer, without counting it as a failure', async () => {
      const under = await setUp();
      const topic = freshTopic();
      const first = await under.open();
      let started = false;
      await first.consume(topic, { ...options, maxDeliveries: 1 }, async (_got, signal) => {
        started = true;
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      });
      await first.publish(message(topic, 'k', 'work'));
      await vi.waitFor(() => expect(started).toBe(true), soon);
      await first.close();
      const second = await under.open();
      const received: unknown[] = [];
      await second.consume(topic, { ...options, maxDeliveries: 1 }, async ({ value }) => void received.push(value));
      await vi.waitFor(() => expect(received).toEqual(['work']), soon);
      await second.close();
    });

    it('does not deliver again what was settled before it was closed', async () => {
      const under = await setUp();
      const topic = freshTopic();
      const first = await under.open();
      const received: unknown[] = [];
      const subscription = await first.consume(topic, options, async ({ value }) => void received.push(value));
      await first.publish(message(topic, 'k', 1));
      await vi.waitFor(() => expect(received).toHaveLength(1), soon);
      await subscription.close();
      await first.publish(message(topic, 'k', 2));
      await first.close();
      const second = await under.open();
      await second.consume(topic, options, async ({ value }) => void received.push(value));
      await vi.waitFor(() => expect(received).toEqual([1, 2]), soon);
      await second.close();
    });

    it('hands every message to every listener from then on, also when one of them fails', async () => {
      const bus = await (await setUp()).open();
      const heard: string[] = [];
      await bus.subscribe('pipeline-progress', () => {
        throw new Error('a listener with a fault');
      });
      const one = await bus.subscribe('pipeline-progress', ({ value }) => void heard.push(`one ${value}`));
      await bus.subscribe('pipeline-progress', ({ value }) => void heard.push(`two ${value}`));
      await bus.publish(message('pipeline-progress', 'k', 'a'));
      await vi.waitFor(() => expect(heard).toHaveLength(2), soon);
      await one.close();
      await bus.publish(message('pipeline-progress', 'k', 'b'));
      await vi.waitFor(() => expect(heard).toHaveLength(3), soon);
      expect([...heard].sort()).toEqual(['one a', 'two a', 'two b']);
      await bus.close();
    });

    it('refuses a message too large for a broker, and publishing after its end', async () => {
      const bus = await (await setUp()).open();
      await expect(bus.publish(message(freshTopic(), 'k', 'x'.repeat(1_000_001)))).rejects.toMatchObject({ code: 'TOO_LARGE' });
      await bus.check();
      await bus.close();
      await expect(bus.publish(message(freshTopic(), 'k', 1))).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
      await expect(bus.check()).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    });
  });
}
