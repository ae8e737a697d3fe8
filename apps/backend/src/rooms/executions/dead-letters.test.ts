/** Dead letters on a real broker: out of the topic, into the table, and tried again. */
import { openBus } from '@imageflow/adapters/bus';
import { topics } from '@imageflow/contract';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isWithout, type KafkaServer, startKafka } from '../../../../../scripts/servers/index.ts';
import { systemPlatform } from '../../runtime/platform.ts';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';

describe.skipIf(isWithout('kafka'))('with Kafka', () => {
  let server: KafkaServer;
  let backend: TestBackend;
  beforeAll(async () => {
    server = await startKafka();
    backend = await openTestBackend({ env: { IMAGEFLOW_BUS_URL: `${server.url}?partitions=3` } });
  });
  afterAll(async () => {
    await backend?.close();
    await server?.remove();
  });

  test('a request that nobody can read becomes a dead letter, once, and so again when it is tried again', async () => {
    const headers = await backend.login('engineer');
    const needs = { clock: systemPlatform.clock, logger: pino({ level: 'silent' }) } as Parameters<typeof openBus>[1];
    const foreign = await openBus(server.url, needs);
    const value = { execution_id: 'not an id', 写真: '破損' };
    await foreign.publish({ topic: topics.requests, key: 'someone', value, headers: { ce_type: 'foreign' } });
    await foreign.close();
    const letters = async (count: number) =>
      vi.waitFor(
        async () => {
          const answer = await backend.app.inject({ url: '/api/v1/dead-letters?redriven=false', headers });
          expect(answer.json().items).toHaveLength(count);
          return answer.json().items;
        },
        { timeout: 25_000, interval: 50 },
      );
    const [letter] = await letters(1);
    expect(letter).toMatchObject({ topic: topics.requests, key: 'someone', deliveries: 5, execution_id: null, value });
    expect(letter.reason).toContain('VALIDATION_ERROR');
    const url = `/api/v1/dead-letters/${letter.id}`;
    expect((await backend.app.inject({ method: 'POST', url: `${url}/redrive`, headers })).statusCode).toBe(200);
    const [again] = await letters(1);
    expect(again.id).not.toBe(letter.id);
    expect((await backend.app.inject({ method: 'DELETE', url, headers })).statusCode).toBe(204);
  }, 60_000);
});
