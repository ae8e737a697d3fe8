/** What the rooms stand on, opened in order of need, and what a new installation starts with. */
import { mkdir } from 'node:fs/promises';
import { openBus } from '@imageflow/adapters/bus';
import { type Database, openDatabase, withTurn } from '@imageflow/adapters/database';
import { openObjects } from '@imageflow/adapters/objects';
import { openServicePool, type ServicePool } from '@imageflow/adapters/rpc';
import { openTracing, type Tracing, traceBus } from '@imageflow/adapters/tracing';
import { topics } from '@imageflow/contract';
import { AppError, type Bus, type ObjectStore, parseDefinition } from '@imageflow/core';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { ensureFirstAdmin, firstLoginFile } from '../rooms/accounts/first-login.ts';
import { settleLocalUser } from '../rooms/accounts/local-user.ts';
import { samplePipelines } from '../rooms/pipelines/samples.ts';
import { seedPipelines } from '../rooms/pipelines/seed.ts';
import { loadComponents, rememberComponents } from '../rooms/pool/component-cache.ts';
import type { Dependency } from '../rooms/system/health.ts';
import { createDuties, type Duties } from './duties.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Platform } from './platform.ts';
import { openRoster, type Roster } from './roster.ts';
import { version } from './version.ts';

export interface Parts {
  readonly config: Config;
  readonly logger: Logger;
  readonly platform: Platform;
  readonly lifecycle: Lifecycle;
  readonly database: Database;
  readonly objects: ObjectStore;
  readonly bus: Bus;
  readonly pool: ServicePool;
  /** Of instances that announce themselves. */
  readonly roster: Roster;
  readonly duties: Duties;
  readonly tracing: Tracing;
}

/** `program`: "backend" or "worker", as traces name it. */
export async function openParts(program: string, config: Config, logger: Logger, platform: Platform, lifecycle: Lifecycle): Promise<Parts> {
  const { clock, random, ids } = platform;
  await mkdir(config.dataDir, { recursive: true });
  const { otlpUrl: url, traceRatio: ratio } = config;
  const tracing = await openTracing({ url, ratio, service: program, version, instanceId: ids.next() });
  lifecycle.onClose('tracing', () => tracing.close());
  const database = await openDatabase(config.databaseUrl, { logger, autoMigrate: config.autoMigrate });
  lifecycle.onClose('database', () => database.close());
  const objects = await openObjects(config.objectsUrl);
  lifecycle.onClose('objects', () => objects.close());
  const bus = traceBus(await openBus(config.busUrl, { db: database.db, clock, logger }), tracing, new Set([topics.progress]));
  lifecycle.onClose('bus', () => bus.close());
  const duties = createDuties(database, ids.next());
  lifecycle.onClose('duties', duties.close);
  const remembered = await loadComponents(database.db);
  const { services: addresses, balancing } = config;
  const pool = await openServicePool({ addresses, balancing, objects, tracing, clock, random, logger, remembered });
  lifecycle.onClose('components', rememberComponents(pool, database.db, logger));
  lifecycle.onClose('pool', () => pool.close());
  const roster = openRoster({ database, pool, clock, logger });
  lifecycle.onClose('roster', roster.close);
  return { config, logger, platform, lifecycle, database, objects, bus, pool, roster, duties, tracing };
}

/** Accounts and pipelines of a new installation; of backends that start at once, one makes them. */
export function furnish(parts: Parts): Promise<void> {
  return withTurn(parts.database, 'furnish', () => furnishNow(parts));
}

async function furnishNow({ config, logger, platform, database }: Parts): Promise<void> {
  const { db } = database;
  const { ids } = platform;
  if ((await ensureFirstAdmin(db, ids, config)) && config.adminPassword === undefined) {
    logger.info({ event: 'first_login', file: firstLoginFile(config.dataDir) }, 'the first password is in this file');
  }
  await settleLocalUser(db, ids, config.localPassword);
  const seeded = await seedPipelines(db, ids, samplePipelines.map(parseDefinition));
  if (seeded > 0) logger.info({ event: 'seeded', pipelines: seeded }, 'sample pipelines are stored');
}

/** What health is made of. */
export function dependenciesOf({ config, database, objects, bus, pool }: Parts): readonly Dependency[] {
  const services = [...new Set(config.services.map((entry) => entry.service))];
  return [
    { name: 'database', kind: database.kind, isRequired: true, check: () => database.check() },
    { name: 'objects', kind: objects.kind, isRequired: true, check: () => objects.check() },
    { name: 'bus', kind: bus.kind, isRequired: false, check: () => bus.check() },
    ...services.map((name) => ({ name, kind: 'grpc', isRequired: false, check: () => checkService(pool, name) })),
  ];
}

async function checkService(pool: ServicePool, name: string): Promise<void> {
  if (pool.availability(name) === 'unavailable') throw new AppError('SERVICE_UNAVAILABLE');
}
