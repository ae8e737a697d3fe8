import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@imageflow/core';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../database/index.ts';
import { copyTestDatabase, openTestDatabase, scratchFolder, type TestDatabase } from '../../database/testing.ts';
import { describeBus } from '../bus.contract.ts';
import { openBus } from '../index.ts';

const clock: Clock = {
  now: () => Date.now(),
  after: (delayMs, fire) => {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};
const logger = pino({ level: 'silent' });

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.remove());

describeBus('embedded', async () => ({ open: () => openBus('embedded', { db: database.db, clock, logger }) }));

describe('embedded bus', () => {
  it('writes nothing for progress, and leaves nothing of what was settled', async () => {
    const bus = await openBus('embedded', { db: database.db, clock, logger });
    const settled: unknown[] = [];
    await bus.consume('settled', { group: 'g', concurrency: 2, maxDeliveries: 2 }, async ({ value }) => void settled.push(value));
    for (let index = 0; index < 20; index += 1) {
      await bus.publish({ topic: 'pipeline-progress', key: 'k', value: index, headers: {} });
      await bus.publish({ topic: 'settled', key: `k${index}`, value: index, headers: {} });
    }
    await vi.waitFor(() => expect(settled).toHaveLength(20));
    await bus.close();
    const rows = await database.db.selectFrom('bus_messages').select('id').where('topic', 'in', ['pipeline-progress', 'settled']).execute();
    expect(rows).toEqual([]);
  });

  it('refuses an address it does not know', async () => {
    await expect(openBus('carrier-pigeon', { db: database.db, clock, logger })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  });
});

describe('kill -9', () => {
  const folder = mkdtempSync(join(scratchFolder(), 'imageflow-bus-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const start = (body: string): ReturnType<typeof spawn> => {
    const program = `
      import { openDatabase } from ${JSON.stringify(join(import.meta.dirname, '../../database/index.ts'))};
      import { openBus } from ${JSON.stringify(join(import.meta.dirname, '../index.ts'))};
      const logger = { error() {}, warn() {} };
      const clock = { now: () => Date.now(), after: (ms, fire) => { const t = setTimeout(fire, ms); return () => clearTimeout(t); } };
      const { db } = await openDatabase(${JSON.stringify(`pglite:${folder}`)});
      const bus = await openBus('embedded', { db, clock, logger });
      ${body}`;
    return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  };

  it('loses nothing that was published, hands out again what was being handled, and buries what kills every time', async () => {
    await copyTestDatabase(folder);
    const first = start(`
      for (let i = 0; i < 5; i += 1) await bus.publish({ topic: 'work', key: 'k' + i, value: i, headers: {} });
      await bus.consume('work', { group: 'g', concurrency: 1, maxDeliveries: 2 }, async () => { process.stdout.write('handling'); await new Promise(() => {}); });`);
    await once(first.stdout ?? first, 'data');
    first.kill('SIGKILL');
    await once(first, 'exit');
    const second = start(`
      await bus.consume('work', { group: 'g', concurrency: 1, maxDeliveries: 2 }, async ({ delivery }) => { process.stdout.write(String(delivery)); await new Promise(() => {}); });`);
    expect(String((await once(second.stdout ?? second, 'data'))[0])).toBe('2');
    second.kill('SIGKILL');
    await once(second, 'exit');

    const { db, close } = await openDatabase(`pglite:${folder}`);
    const bus = await openBus('embedded', { db, clock, logger });
    const handled: unknown[] = [];
    const dead: unknown[] = [];
    await bus.consume('work.dlq', { group: 'g', concurrency: 1, maxDeliveries: 1 }, async ({ value }) => void dead.push(value));
    await bus.consume('work', { group: 'g', concurrency: 1, maxDeliveries: 2 }, async ({ value }) => void handled.push(value));
    await vi.waitFor(() => expect([handled.length, dead.length]).toEqual([4, 1]), { timeout: 5_000 });
    expect(dead).toEqual([0]);
    expect(handled).toEqual([1, 2, 3, 4]);
    await bus.close();
    await close();
  }, 60_000);
});
