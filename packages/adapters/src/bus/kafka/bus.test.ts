import type { Clock } from '@imageflow/core';
import { pino } from 'pino';
import { afterAll, beforeAll, describe } from 'vitest';
import { isWithout, type KafkaServer, startKafka } from '../../../../../scripts/servers/index.ts';
import { describeBus } from '../bus.contract.ts';
import { openKafkaBus } from './bus.ts';

const clock: Clock = {
  now: () => Date.now(),
  after: (delayMs, fire) => {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};
const logger = pino({ level: process.env.IMAGEFLOW_TEST_LOG ?? 'silent' });

describe.skipIf(isWithout('kafka'))('with a Kafka server', () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka();
  });
  afterAll(() => server.remove());

  describeBus('kafka', async () => ({ open: async () => openKafkaBus(`${server.url}?partitions=3`, { clock, logger }) }));
});
