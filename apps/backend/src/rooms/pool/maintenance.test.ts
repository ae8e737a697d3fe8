/** Two backends on one database, each with its own pool of the same instances. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestDatabase, type TestDatabase } from '@imageflow/adapters/database/testing';
import { openObjects } from '@imageflow/adapters/objects';
import { openServicePool, type ServicePool } from '@imageflow/adapters/rpc';
import type { Clock, ObjectStore } from '@imageflow/core';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestService, type TestService } from '../../testing/service.ts';
import { type Maintenance, openMaintenance } from './maintenance.ts';

const clock: Clock = {
  now: () => Date.now(),
  // A hundred times faster here.
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs / 100);
    return () => clearTimeout(timer);
  },
};
const logger = pino({ level: 'silent' });

let database: TestDatabase;
let folder: string;
let objects: ObjectStore;
let service: TestService;
let pools: readonly ServicePool[];
let ours: Maintenance;
let theirs: Maintenance;

beforeAll(async () => {
  database = await openTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'imageflow-maintenance-'));
  objects = await openObjects(`folder:${folder}`);
  service = await openTestService('ToolService', [{ method: 'Polish', parameters: { type: 'object' } }]);
  pools = await Promise.all([openPool(), openPool()]);
  [ours, theirs] = await Promise.all([openOn(pools[0]), openOn(pools[1])]);
});
afterAll(async () => {
  await Promise.all([ours.close(), theirs.close()]);
  await Promise.all(pools.map((pool) => pool.close()));
  service.close();
  await database.remove();
  await objects.close();
  await rm(folder, { recursive: true, force: true });
});

async function openPool(): Promise<ServicePool> {
  const [name, address = ''] = service.setting.split('=');
  const addresses = ['tool-1', 'tool-2'].map(() => ({ service: name ?? '', address }));
  const pool = await openServicePool({ addresses, objects, clock: { ...clock, after: realAfter }, random: Math.random, logger });
  await pool.settled(5_000);
  return pool;
}

function realAfter(delayMs: number, fire: () => void): () => void {
  const timer = setTimeout(fire, delayMs);
  return () => clearTimeout(timer);
}

function openOn(pool: ServicePool | undefined): Promise<Maintenance> {
  if (pool === undefined) throw new Error('There is no pool');
  // As on a server: others may be on it.
  return openMaintenance({ database: { kind: 'postgres', db: database.db }, pool, clock, logger });
}

const statuses = () =>
  pools.map((pool) => pool.snapshot().services.flatMap((one) => one.instances.map(({ id, status }) => `${id} ${status}`)));

async function bothAre(expected: readonly string[]): Promise<void> {
  await expect.poll(statuses, { interval: 10 }).toEqual([expected, expected]);
}

test('what one backend takes out is out on the other within seconds, and back again', async () => {
  await ours.set('tool-1', true);
  await bothAre(['tool-1 maintenance', 'tool-2 active']);
  await theirs.set('tool-1', false);
  await bothAre(['tool-1 active', 'tool-2 active']);
});

test('two backends that take out different instances at the same moment lose neither', async () => {
  await Promise.all([ours.set('tool-1', true), theirs.set('tool-2', true)]);
  await bothAre(['tool-1 maintenance', 'tool-2 maintenance']);
  await Promise.all([ours.set('tool-1', false), theirs.set('tool-2', false)]);
  await bothAre(['tool-1 active', 'tool-2 active']);
});
