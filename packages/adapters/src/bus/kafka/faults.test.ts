/** What the bus keeps when brokers, members and processes fail. IMAGEFLOW_TEST_LONG=1 makes the outage two minutes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Bus, BusMessage, Clock } from '@imageflow/core';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isWithout, type KafkaServer, startKafka } from '../../../../../scripts/servers/index.ts';
import { openKafkaBus } from './bus.ts';

const clock: Clock = {
  now: () => Date.now(),
  after: (delayMs, fire) => {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};
const logger = pino({ level: process.env.IMAGEFLOW_TEST_LOG ?? 'silent' });

/** The short form is longer than a member of a group may be silent. */
const outageMs = process.env.IMAGEFLOW_TEST_LONG === '1' ? 125_000 : 7_500;
const options = { group: 'workers', concurrency: 4, maxDeliveries: 3 };
const message = (topic: string, key: string, value: unknown): BusMessage => ({ topic, key, value, headers: {} });
const within = (timeout: number) => ({ timeout, interval: 20 });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(isWithout('kafka'))('Kafka that fails', () => {
  let server: KafkaServer;
  const open = (): Bus => openKafkaBus(`${server.url}?partitions=6&session_ms=6000`, { clock, logger });
  beforeAll(async () => {
    // After kill -9 a broker may come back only when its old session is over.
    server = await startKafka({ properties: { 'broker.session.timeout.ms': 2_000, 'broker.heartbeat.interval.ms': 500 } });
  });
  afterAll(() => server.remove());

  it('is told within seconds, holds progress back, and goes on by itself after an outage', async () => {
    const bus = open();
    const handled: unknown[] = [];
    const heard: unknown[] = [];
    await bus.consume('outage', options, async ({ value }) => void handled.push(value));
    await bus.subscribe('pipeline-progress', ({ value }) => void heard.push(value));
    await bus.publish(message('outage', 'k', 'before'));
    await bus.publish(message('pipeline-progress', 'k', 'before'));
    await vi.waitFor(() => expect([handled, heard]).toEqual([['before'], ['before']]), within(8_000));

    await server.stop();
    const stopped = Date.now();
    await expect(bus.publish(message('outage', 'k', 'refused'))).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE', retryable: true });
    expect(Date.now() - stopped).toBeLessThan(6_500);
    await expect(bus.check()).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    const waiting = Promise.all([1, 2, 3].map((value) => bus.publish(message('pipeline-progress', 'k', value))));
    await pause(outageMs - (Date.now() - stopped));

    await server.start();
    await waiting;
    await vi.waitFor(() => expect(heard).toEqual(['before', 1, 2, 3]), within(10_000));
    await bus.publish(message('outage', 'k', 'after'));
    await vi.waitFor(() => expect(handled).toContain('after'), within(15_000));
    // What was refused may have been stored all the same.
    expect(handled.filter((value) => value !== 'refused')).toEqual(['before', 'after']);
    await bus.check();
    await bus.close();
  }, 200_000);

  it('loses nothing that was accepted when the broker is killed under load, and repeats no key out of order', async () => {
    const [publisher, consumer] = [open(), open()];
    const seen = new Map<string, number[]>();
    await consumer.consume('load', options, async ({ key, value }) => {
      const values = seen.get(key) ?? [];
      seen.set(key, values);
      if (!values.includes(Number(value))) values.push(Number(value));
    });
    const accepted: number[] = [];
    const publishing = (async () => {
      for (let index = 0; index < 200; index += 1) {
        await publisher.publish(message('load', `k${index % 10}`, index)).then(
          () => accepted.push(index),
          () => undefined,
        );
        await pause(10);
      }
    })();
    await vi.waitFor(() => expect(accepted.length).toBeGreaterThan(50), within(8_000));
    await server.kill();
    await server.start();
    await publishing;
    expect(accepted.length).toBeGreaterThan(60);
    await vi.waitFor(() => expect([...seen.values()].flat()).toEqual(expect.arrayContaining(accepted)), within(20_000));
    for (const values of seen.values()) expect(values).toEqual([...values].sort((a, b) => a - b));
    await Promise.all([publisher.close(), consumer.close()]);
  }, 90_000);

  it('shares the work with a member that comes, and gives back what it had to leave without counting it', async () => {
    const [first, second] = [open(), open()];
    const begun = new Set<unknown>();
    const interrupted: unknown[] = [];
    const settled: string[] = [];
    const keys = Array.from({ length: 24 }, (_, index) => `k${index}`);
    let isHeld = true;
    await first.consume('shared', { ...options, concurrency: 24, maxDeliveries: 1 }, async ({ value, delivery }, signal) => {
      begun.add(value);
      while (isHeld && !signal.aborted) await pause(10);
      if (signal.aborted) {
        interrupted.push(value);
        throw signal.reason;
      }
      settled.push(`${value} ${delivery}`);
    });
    await Promise.all(keys.map((key) => first.publish(message('shared', key, key))));
    // A second member that comes while the first joins takes its share before anything runs: nothing would be taken away.
    await vi.waitFor(() => expect(begun.size).toBe(keys.length), within(15_000));
    const here: string[] = [];
    await second.consume('shared', { ...options, concurrency: 24, maxDeliveries: 1 }, async ({ value, delivery }) => {
      here.push(`${value} ${delivery}`);
    });
    await vi.waitFor(() => expect(here.length).toBeGreaterThan(0), within(15_000));
    isHeld = false;
    await vi.waitFor(() => expect(new Set([...settled, ...here]).size).toBe(24), within(15_000));
    // Nothing ran to its end twice, and nothing that was taken away counts as a failure.
    expect([...settled, ...here].sort()).toEqual(keys.map((key) => `${key} 1`).sort());
    expect(here.map((text) => text.split(' ')[0]).sort()).toEqual([...interrupted].sort());
    await second.close();
    await first.close();
  }, 60_000);

  it('keeps a partition as long as a handler runs, however long', async () => {
    const [first, second] = [open(), open()];
    let runs = 0;
    const handle = async (): Promise<void> => {
      runs += 1;
      await pause(8_000);
    };
    await first.consume('long', options, handle);
    await first.publish(message('long', 'k', 1));
    await vi.waitFor(() => expect(runs).toBe(1), within(8_000));
    await pause(8_500);
    await first.close();
    await second.consume('long', options, handle);
    await pause(1_500);
    expect(runs).toBe(1);
    await second.close();
  }, 60_000);

  it('answers in time when the broker stands still, and goes on when it does', async () => {
    const bus = open();
    await bus.publish(message('still', 'k', 1));
    server.pause();
    const from = Date.now();
    await Promise.all([
      expect(bus.check()).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' }),
      expect(bus.publish(message('still', 'k', 2))).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' }),
    ]);
    expect(Date.now() - from).toBeLessThan(6_500);
    server.resume();
    await vi.waitFor(() => bus.publish(message('still', 'k', 3)), within(15_000));
    await bus.close();
  }, 60_000);

  it('buries what kills every process that handles it, and what was being handled beside it is handled again', async () => {
    const bus = open();
    await bus.publish(message('deadly', 'poison', 'poison'));
    const program = `
      import { openKafkaBus } from ${JSON.stringify(join(import.meta.dirname, 'bus.ts'))};
      const none = () => {};
      const logger = { error: none, warn: none, info: none, debug: none };
      const clock = { now: () => Date.now(), after: (ms, fire) => { const t = setTimeout(fire, ms); return () => clearTimeout(t); } };
      const bus = openKafkaBus(${JSON.stringify(`${server.url}?session_ms=6000`)}, { clock, logger });
      await bus.consume('deadly', { group: 'workers', concurrency: 1, maxDeliveries: 1 }, async () => process.kill(process.pid, 'SIGKILL'));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
    await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
    const handled: unknown[] = [];
    const dead: unknown[] = [];
    await bus.publish(message('deadly', 'poison', 'next of its key'));
    await bus.consume('deadly.dlq', options, async ({ value }) => void dead.push(value));
    await bus.consume('deadly', { ...options, maxDeliveries: 1 }, async ({ value }) => void handled.push(value));
    await vi.waitFor(() => expect([dead, handled]).toEqual([['poison'], ['next of its key']]), within(25_000));
    await bus.close();
  }, 60_000);
});
