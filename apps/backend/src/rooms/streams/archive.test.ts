/** What becomes of frames that are kept, on a real database, a real folder and real buses: also while one of them is away. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBus } from '@imageflow/adapters/bus';
import { openTestDatabase, type TestDatabase } from '@imageflow/adapters/database/testing';
import { openObjects } from '@imageflow/adapters/objects';
import { topics } from '@imageflow/contract';
import type { Bus, BusMessage, ObjectStore } from '@imageflow/core';
import { sql } from 'kysely';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../runtime/logging.ts';
import { systemPlatform } from '../../runtime/platform.ts';
import { setClip } from './archive.queries.ts';
import { type ArchiveCounts, type Archiver, createArchiver } from './archive.ts';
import { removeArchived, tidy } from './archive.upkeep.ts';
import type { LiveAnswer } from './live/stream.ts';
import { insertStream, type StreamRow } from './streams.queries.ts';

const { clock, ids } = systemPlatform;
const logger = createLogger('silent');
const forever = new AbortController().signal;
let folder: string;
let database: TestDatabase;
let objects: ObjectStore;
let bus: Bus;
let counts: ArchiveCounts;
let picture: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-archive-'));
  database = await openTestDatabase();
  objects = await openObjects(`folder:${folder}`);
  bus = await openBus('embedded', { db: database.db, clock, logger });
  picture = await sharp({ create: { width: 640, height: 360, channels: 3, background: 'grey' } })
    .jpeg()
    .toBuffer();
});
afterEach(() => database.db.deleteFrom('streams').execute());
afterAll(async () => {
  await bus.close();
  await database.remove();
  await rm(folder, { recursive: true, force: true });
});

const needs = (more: { readonly bus?: Bus; readonly objects?: ObjectStore } = {}) => {
  counts = { kept: 0, failed: 0, dropped: 0 };
  return { db: database.db, objects, bus, clock, ids, logger, counts, ...more };
};

async function addStream(name: string): Promise<StreamRow> {
  return insertStream(database.db, {
    id: ids.next(),
    name,
    source: JSON.stringify({ kind: 'file', address: 'a.mp4', transport: 'tcp', loop: false }),
    credentials: null,
    pipeline_id: 'live',
    parameters: '{}',
    max_fps: 15,
    archive: JSON.stringify({ rules: [{ when: 'ng' }], min_gap_seconds: 0 }),
    enabled: false,
    runner_id: null,
    lease_until: null,
    status: null,
    created_by: null,
  });
}

/** A frame of a minute ago that a step found not good. */
function rejected(id: number): LiveAnswer {
  return {
    frame: { id, timestampMs: Date.now() - 60_000, bytes: picture, arrivedAt: performance.now() },
    answer: {
      frame_id: id,
      detections: [],
      processing_stats: { pipeline_version: '3' },
      attributes_json: '{"quality":{"passed":false}}',
      processed_data: Buffer.alloc(0),
      content_type: '',
      frame_width: 640,
      frame_height: 360,
      timestamp_ms: 0,
      processing_time_ms: 1,
      measures: {},
      areas: [],
      error: null,
    },
    settings: { pipelineId: 'live', parameters: {}, output: 'image', sourceId: 'line' },
    waitMs: 0,
    totalMs: 1,
  };
}

async function keep(archiver: Archiver, row: StreamRow, count: number): Promise<string[]> {
  const kept: string[] = [];
  for (let index = 1; index <= count; index++) {
    const id = await archiver.consider(rejected(index), row)?.id;
    if (id !== undefined) kept.push(id);
  }
  return kept;
}

async function keysOf(row: StreamRow): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of objects.list(`streams/${row.id}/`)) keys.push(key);
  return keys;
}

const rowsOf = (row: StreamRow) =>
  database.db.selectFrom('stream_archive').select(['id', 'announced_at']).where('stream_id', '=', row.id).orderBy('id').execute();

const expire = (which: readonly string[]) =>
  database.db
    .updateTable('stream_archive')
    .set({ expires_at: sql<Date>`clock_timestamp() - interval '1 second'` })
    .where('id', 'in', [...which])
    .execute();

async function addClip(row: StreamRow, kept: readonly string[]): Promise<string> {
  const key = `streams/${row.id}/${kept[0]}-clip.mp4`;
  await objects.put(key, Buffer.from('of the seconds around'), { contentType: 'video/mp4', maxBytes: 100, durable: false });
  expect(await setClip(database.db, kept, key)).toBe(kept.length);
  return key;
}

test('frames whose time is over go with their picture, thumbnail and clip; a clip stays as long as one of its frames', async () => {
  const row = await addStream('retention');
  const kept = await keep(createArchiver(needs()), row, 3);
  const [first = '', second = '', third = ''] = kept;
  const clip = await addClip(row, [first, second]);
  expect(await keysOf(row)).toHaveLength(7);
  await expire([first]);
  await tidy(needs(), forever);
  expect((await rowsOf(row)).map(({ id }) => id)).toEqual([second, third]);
  expect(await keysOf(row)).toHaveLength(5);
  expect(await objects.head(clip)).toBeDefined();
  await expire([second]);
  await tidy(needs(), forever);
  expect((await keysOf(row)).toSorted()).toEqual([`streams/${row.id}/${third}-thumbnail.jpg`, `streams/${row.id}/${third}.jpg`]);
  await removeArchived(needs(), { streamId: row.id });
  expect([await rowsOf(row), await keysOf(row)]).toEqual([[], []]);
});

/** An S3 store that was there when it was opened, and has gone since. */
async function openAbsent(): Promise<ObjectStore> {
  const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const absent = await openObjects(`s3://key:secret@plant?endpoint=http://127.0.0.1:${port}`);
  server.closeAllConnections();
  server.close();
  onTestFinished(() => absent.close());
  return absent;
}

test('a store that is away costs the frames of that time, which are counted, and nothing else', async () => {
  const row = await addStream('store away');
  expect(await keep(createArchiver(needs({ objects: await openAbsent() })), row, 2)).toEqual([]);
  expect(counts).toEqual({ kept: 0, failed: 2, dropped: 0 });
  expect(await rowsOf(row)).toEqual([]);
});

test('frames for which the store is too slow are let go and counted, not queued without end', async () => {
  const row = await addStream('store slow');
  const archiver = createArchiver(needs());
  const all = Array.from({ length: 20 }, (_, index) => archiver.consider(rejected(index), row)?.id);
  await Promise.all(all);
  expect(counts).toEqual({ kept: 4, failed: 0, dropped: 16 });
  await archiver.close();
});

test('a disk that is full costs the frames of that time; half a frame is not left on it', async () => {
  const place = await mkdtemp(join(tmpdir(), 'imageflow-full-'));
  onTestFinished(() => rm(place, { recursive: true, force: true }));
  if (!mountSmall(place)) return;
  onTestFinished(() => void execFileSync('umount', [place]));
  const row = await addStream('store full');
  const small = await openObjects(`folder:${place}`);
  const archiver = createArchiver(needs({ objects: small }));
  const filler = 'x/filler';
  await small.put(filler, Buffer.alloc(1_040_000 - 200_000), { contentType: 'text/plain', maxBytes: 2_000_000, durable: false });
  const large = { ...rejected(1), frame: { ...rejected(1).frame, bytes: await noisy() } };
  expect(await archiver.consider(large, row)?.id).toBeUndefined();
  expect(counts.failed).toBe(1);
  const left: string[] = [];
  for await (const key of small.list('streams/')) left.push(key);
  expect(left).toEqual([]);
  await small.delete(filler);
  expect(await archiver.consider(large, row)?.id).toBeDefined();
});

/** Larger than 200 KB. */
function noisy(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  return sharp({ create: { width: 640, height: 640, channels: 3, background: 'grey', noise } })
    .jpeg({ quality: 100 })
    .toBuffer();
}

/** Needs root and Linux. */
function mountSmall(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('frames whose time is over stay known while the store is away, and go when it is back', async () => {
  const row = await addStream('no orphans');
  const kept = await keep(createArchiver(needs()), row, 2);
  await expire(kept);
  await expect(tidy(needs({ objects: await openAbsent() }), forever)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(await rowsOf(row)).toHaveLength(2);
  await tidy(needs(), forever);
  expect([await rowsOf(row), await keysOf(row)]).toEqual([[], []]);
});

test('while the bus is away frames are kept all the same, and announced when it is back', async () => {
  const row = await addStream('bus away');
  const away = await openBus('kafka://127.0.0.1:1', { db: database.db, clock, logger });
  onTestFinished(() => away.close());
  const archiver = createArchiver(needs({ bus: away }));
  const kept = await keep(archiver, row, 2);
  expect(counts).toEqual({ kept: 2, failed: 0, dropped: 0 });
  expect((await rowsOf(row)).map(({ announced_at }) => announced_at)).toEqual([null, null]);
  const heard: BusMessage[] = [];
  const subscription = await bus.subscribe(topics.archive, (message) => heard.push(message));
  onTestFinished(() => subscription.close());
  await tidy(needs(), forever);
  await expect.poll(() => heard.map(({ value }) => (value as { archive_id: string }).archive_id)).toEqual(kept);
  expect((await rowsOf(row)).every(({ announced_at }) => announced_at !== null)).toBe(true);
  await tidy(needs(), forever);
  expect(heard).toHaveLength(2);
});
