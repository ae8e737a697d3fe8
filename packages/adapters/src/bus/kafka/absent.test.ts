import type { BusMessage, Clock } from '@imageflow/core';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { openBus } from '../index.ts';
import { openKafkaBus } from './bus.ts';

const clock: Clock = {
  now: () => Date.now(),
  after: (delayMs, fire) => {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};
const logger = pino({ level: 'silent' });
// A port that nobody listens at.
const nowhere = 'kafka://127.0.0.1:1';
const progress = (value: number): BusMessage => ({ topic: 'pipeline-progress', key: 'k', value, headers: {} });

describe('a Kafka cluster that is away', () => {
  it('lets a program start, consume and listen all the same, and end', async () => {
    const bus = openKafkaBus(nowhere, { clock, logger });
    const from = Date.now();
    await bus.consume('work', { group: 'g', concurrency: 1, maxDeliveries: 1 }, async () => undefined);
    await bus.subscribe('pipeline-progress', () => undefined);
    await bus.close();
    expect(Date.now() - from).toBeLessThan(14_000);
  }, 20_000);

  it('holds a bounded number of progress messages: the oldest give way', async () => {
    const bus = openKafkaBus(nowhere, { clock, logger });
    const outcomes: string[] = [];
    for (let value = 0; value < 8_010; value += 1) {
      bus.publish(progress(value)).catch((error: { code: string }) => outcomes.push(`${value} ${error.code}`));
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(outcomes.slice(0, 2)).toEqual(['0 BUS_UNAVAILABLE', '1 BUS_UNAVAILABLE']);
    expect(outcomes.length).toBeLessThan(600);
    await bus.close();
    expect(outcomes).toHaveLength(8_010);
  }, 20_000);

  it('is refused when its address is wrong', async () => {
    const needs = { clock, logger } as unknown as Parameters<typeof openBus>[1];
    await expect(openBus('kafka://host:0x', needs)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    await expect(openBus('kafka://host?ca_file=/nowhere/ca.pem', needs)).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      detail: { en: expect.stringContaining('ca_file') },
    });
  });
});
