import { createServer } from 'node:net';
import { openDatabase } from '@imageflow/adapters/database';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWithout, type Server, startKafka, startPostgres, startVersitygw } from '../../../../scripts/servers/index.ts';
import { readConfig } from '../config.ts';
import { checkDependencies } from './dependencies.ts';
import { judge, judgeClock } from './way.ts';

const look = (env: Record<string, string>) => checkDependencies(readConfig([], env));

describe('servers that an installation stands on', () => {
  test('are none where everything is embedded', async () => {
    expect(await look({})).toEqual([]);
    const embedded = { IMAGEFLOW_DATABASE_URL: 'pglite:/data/db', IMAGEFLOW_OBJECTS_URL: 'folder:/data/o', IMAGEFLOW_BUS_URL: 'embedded' };
    expect(await look(embedded)).toEqual([]);
  });

  test('that cannot be reached are faults, each with what to do, and no password is shown', async () => {
    const port = await closedPort();
    const findings = await look({
      IMAGEFLOW_DATABASE_URL: `postgres://user:hidden@127.0.0.1:${port}/imageflow`,
      IMAGEFLOW_OBJECTS_URL: `s3://key:hidden@bucket?endpoint=http://127.0.0.1:${port}`,
      IMAGEFLOW_BUS_URL: `kafka://127.0.0.1:${port}`,
    });
    expect(findings.map(({ state, advice }) => [state, advice !== undefined])).toEqual(Array.from({ length: 3 }, () => ['fault', true]));
    expect(findings[0]?.what.en).toContain(`PostgreSQL 127.0.0.1:${port}/imageflow`);
    expect(JSON.stringify(findings)).not.toContain('hidden');
  }, 30_000);

  test('whose address is no address are faults too', async () => {
    const [finding] = await look({ IMAGEFLOW_OBJECTS_URL: 'ftp://bucket' });
    expect(finding).toMatchObject({ state: 'fault' });
  });
});

describe.skipIf(isWithout('postgres', 'versitygw', 'kafka'))('real servers', () => {
  const servers: Server[] = [];
  let env: Record<string, string>;
  beforeAll(async () => {
    const [postgres, s3, kafka] = await Promise.all([startPostgres({ isDurable: false }), startVersitygw(), startKafka()]);
    servers.push(postgres, s3, kafka);
    env = { IMAGEFLOW_DATABASE_URL: postgres.url, IMAGEFLOW_OBJECTS_URL: s3.url(), IMAGEFLOW_BUS_URL: kafka.url };
  }, 60_000);
  afterAll(() => Promise.all(servers.map((server) => server.remove())));

  test('are looked at as the backend uses them; tables that are not there yet are a hint', async () => {
    expect(await look(env)).toMatchObject([
      { state: 'hint', advice: { en: 'imageflow migrate' } },
      { state: 'ok', what: { en: expect.stringContaining('read and written') } },
      { state: 'ok', what: { en: expect.stringContaining('answers') } },
    ]);
    await openDatabase(env.IMAGEFLOW_DATABASE_URL ?? '').then((database) => database.close());
    expect((await look(env)).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
  }, 60_000);
});

describe('the way to the server', () => {
  const now = Date.parse('2026-11-25T00:00:00Z');
  const certificate = (validFrom: string, validTo: string) =>
    ({ subject: { CN: 'plant.example' }, valid_from: validFrom, valid_to: validTo }) as Parameters<typeof judge>[0]['certificate'];

  test.each([
    ['Nov 24 00:00:00 2026 GMT', undefined, 'fault', 'It has expired'],
    ['Nov 30 00:00:00 2026 GMT', undefined, 'hint', 'Renew it soon'],
    ['Nov 30 00:00:00 2027 GMT', 'SELF_SIGNED_CERT_IN_CHAIN', 'fault', 'NODE_EXTRA_CA_CERTS'],
    ['Nov 30 00:00:00 2027 GMT', undefined, 'ok', undefined],
    // Of half a day.
    ['Nov 25 04:00:00 2026 GMT', undefined, 'ok', undefined, 'Nov 24 16:00:00 2026 GMT'],
    ['Nov 25 02:00:00 2026 GMT', undefined, 'hint', 'Renew it soon', 'Nov 24 14:00:00 2026 GMT'],
  ])('certificate until %s, objection %s: %s', (validTo, objection, state, advice, validFrom = 'Nov 01 00:00:00 2026 GMT') => {
    const finding = judge({ certificate: certificate(validFrom, validTo), objection }, now);
    expect([finding.state, finding.advice?.en]).toEqual([state, advice === undefined ? undefined : expect.stringContaining(advice)]);
  });

  test.each([
    [900, 'ok'],
    [-20_000, 'hint'],
    [3_600_000, 'fault'],
  ])('a clock that is %d ms ahead: %s', (aheadMs, state) => {
    expect(judgeClock(aheadMs).state).toBe(state);
  });
});

/** Of which nobody listens: it was free a moment ago. */
function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 1));
    });
  });
}
