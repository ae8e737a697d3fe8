import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openBus } from '@imageflow/adapters/bus';
import { openTestDatabase, type TestDatabase } from '@imageflow/adapters/database/testing';
import { type Bus, parseDefinition } from '@imageflow/core';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../runtime/logging.ts';
import { createTestClock } from '../../testing/backend.ts';
import { countNotifications } from './notifications.queries.ts';
import { type Notifications, openNotifications } from './notifications.service.ts';

const clock = createTestClock();
const logger = createLogger('silent');
let database: TestDatabase;
let bus: Bus;
let receiver: Server;
let url: string;
let statuses: number[] = [];
let open: Notifications | undefined;
const received: { readonly type: string | undefined; readonly event: { id: string; data: object } }[] = [];

beforeAll(async () => {
  database = await openTestDatabase();
  bus = await openBus('embedded', { db: database.db, clock, logger });
  receiver = createServer(async (request, response) => {
    received.push({ type: request.headers['content-type'], event: JSON.parse(await textOf(request)) });
    response.writeHead(statuses.shift() ?? 204).end();
    receiver.emit('received');
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterEach(async () => {
  await open?.close();
  open = undefined;
  received.length = 0;
  await database.db.deleteFrom('notifications').execute();
});
afterAll(async () => {
  await bus.close();
  await database.remove();
  receiver.close();
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

async function start(defaultUrl?: string): Promise<void> {
  open = await openNotifications({ db: database.db, bus, clock, random: () => 0.5, logger, defaultUrl });
}

/** An execution that has just failed. */
async function fail(errorHandling: object): Promise<string> {
  const { db } = database;
  const id = v7();
  const definition = parseDefinition({
    pipeline_id: `p-${id}`,
    steps: [{ step_id: 'resize', service: 'ResizeService', method: 'Resize' }],
    error_handling: errorHandling,
  });
  const { pipeline_id, name, description } = definition;
  await db
    .insertInto('pipelines')
    .values({ id, pipeline_id, name, description, current_version: 1, created_by: null, deleted_at: null })
    .execute();
  await db
    .insertInto('pipeline_versions')
    .values({ pipeline: id, number: 1, definition: JSON.stringify(definition), created_by: null })
    .execute();
  const values = { id, pipeline: id, pipeline_version: 1, status: 'running', execution_mode: 'direct_grpc', priority: 1 } as const;
  const empty = { parameters: '{}', input_files: '[]', sequence: 3 };
  const nothing = { runner_id: null, fault: null, cancel_requested_by: null, traceparent: null, rerun_of: null, created_by: null };
  const times = { started_at: null, finished_at: null, processing_time_ms: null };
  await db
    .insertInto('executions')
    .values({ ...values, ...empty, ...nothing, ...times })
    .execute();
  const fault = JSON.stringify({ code: 'STEP_TIMEOUT', message: { ja: '遅い', en: 'slow' }, step_id: 'resize' });
  await db.updateTable('executions').set({ status: 'failed', fault, finished_at: new Date() }).where('id', '=', id).execute();
  return id;
}

/** As the engine does when an execution has ended. */
async function announce(notify: boolean): Promise<void> {
  await bus.publish({ topic: 'pipeline-progress', key: 'x', value: { type: 'error', notify }, headers: {} });
}

async function counts() {
  return countNotifications(database.db);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setImmediate(resolve));
}

test('a failed execution is told to the address its pipeline names, as a CloudEvent', async () => {
  await start();
  const id = await fail({ notification_on_failure: true, notification_url: url });
  await announce(true);
  await until(async () => (await counts()).delivered === 1);
  expect(received).toMatchObject([
    {
      type: 'application/cloudevents+json; charset=utf-8',
      event: {
        specversion: '1.0',
        id,
        type: 'com.imageflowcanvas.execution.failed',
        data: { execution_id: id, pipeline_id: `p-${id}`, status: 'failed', error: { code: 'STEP_TIMEOUT', step_id: 'resize' } },
      },
    },
  ]);
});

test('one that failed while no backend ran is told at the next start, to the address of the settings', async () => {
  const id = await fail({ notification_on_failure: true });
  await start(url);
  await until(async () => (await counts()).delivered === 1);
  expect(received.map(({ event }) => event.id)).toEqual([id]);
});

test('pipelines that do not ask for it are silent', async () => {
  await fail({ notification_on_failure: false });
  expect(await counts()).toEqual({ pending: 0, delivered: 0, given_up: 0 });
});

test('a receiver that is down gets it later, the same event again', async () => {
  statuses = [503, 302, 204];
  await start(url);
  const id = await fail({ notification_on_failure: true });
  for (const error of ['HTTP 503', 'HTTP 302', null]) {
    await announce(true);
    await until(async () => (await lastError()) === error && received.length > 0);
    // Past the pause before the next attempt.
    clock.advance(60_000);
  }
  expect(received.map(({ event }) => event.id)).toEqual([id, id, id]);
  expect(await counts()).toMatchObject({ delivered: 1, pending: 0 });
});

async function lastError(): Promise<string | null | undefined> {
  return (await database.db.selectFrom('notifications').select('last_error').executeTakeFirst())?.last_error;
}

test('a receiver that says it never wants it is left alone', async () => {
  statuses = [410];
  await start(url);
  await fail({ notification_on_failure: true });
  await announce(true);
  await until(async () => (await counts()).given_up === 1);
});

test('without any address the outbox stays empty', async () => {
  await start();
  await fail({ notification_on_failure: true });
  await announce(true);
  await until(async () => (await counts()).pending === 0);
  expect(await counts()).toEqual({ pending: 0, delivered: 0, given_up: 0 });
});
