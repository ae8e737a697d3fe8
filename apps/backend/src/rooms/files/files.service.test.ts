import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestDatabase, type TestDatabase } from '@imageflow/adapters/database/testing';
import { openObjects } from '@imageflow/adapters/objects';
import type { ObjectStore } from '@imageflow/core';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../runtime/logging.ts';
import { systemPlatform } from '../../runtime/platform.ts';
import { createFilesService, type FilesService } from './files.service.ts';
import { sweep } from './sweep.ts';
import { encoded } from './test-images.ts';

const root = mkdtempSync(join(tmpdir(), 'imageflow-files-'));
const limits = { maxFileBytes: 50_000_000, maxPixels: 100_000_000 };
const { signal } = new AbortController();
const logger = createLogger('fatal');
let database: TestDatabase;
let objects: ObjectStore;
let files: FilesService;

beforeAll(async () => {
  database = await openTestDatabase();
  objects = await openObjects(`folder:${join(root, 'objects')}`);
  files = createFilesService({ db: database.db, objects, ...systemPlatform, limits });
});
afterAll(async () => {
  await database.remove();
  rmSync(root, { recursive: true, force: true });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const store = async (name: string) => files.storeUpload(once(await encoded('png')), name, null, signal);

async function execution(status: 'pending' | 'completed', inputs: readonly string[]): Promise<string> {
  const { db } = database;
  const [pipeline, id] = [v7(), v7()];
  await db
    .insertInto('pipelines')
    .values({ id: pipeline, pipeline_id: pipeline, name: 'n', description: '', current_version: 1, created_by: null, deleted_at: null })
    .execute();
  await db.insertInto('pipeline_versions').values({ pipeline, number: 1, definition: '{}', created_by: null }).execute();
  const nothing = { runner_id: null, fault: null, cancel_requested_by: null, traceparent: null, rerun_of: null, created_by: null };
  const times = { started_at: null, finished_at: null, processing_time_ms: null };
  const facts = {
    pipeline,
    pipeline_version: 1,
    status,
    execution_mode: 'direct_grpc',
    priority: 1,
    sequence: 0,
    parameters: '{}',
  } as const;
  await db
    .insertInto('executions')
    .values({ id, ...facts, ...nothing, ...times, input_files: JSON.stringify(inputs) })
    .execute();
  return id;
}

describe('removing a file', () => {
  it('is refused while an unfinished execution reads it, and possible afterwards', async () => {
    const file = await store('in-use.png');
    const id = await execution('pending', [v7(), file.id]);
    await expect(files.remove(file.id)).rejects.toMatchObject({ code: 'CONFLICT', extensions: { execution_id: id } });
    await files.get(file.id);
    await database.db.updateTable('executions').set({ status: 'completed' }).where('id', '=', id).execute();
    await files.remove(file.id);
    expect(await objects.head(file.object_key)).toBeUndefined();
  });

  it('is refused while the execution that made it runs', async () => {
    const file = await store('made.png');
    const id = await execution('pending', []);
    await database.db.updateTable('files').set({ execution_id: id, kind: 'output' }).where('id', '=', file.id).execute();
    await expect(files.remove(file.id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('an upload', () => {
  it('that is aborted leaves nothing', async () => {
    const abort = new AbortController();
    const png = await encoded('png');
    const silent = async function* (): AsyncGenerator<Uint8Array> {
      yield png.subarray(0, 2000);
      queueMicrotask(() => abort.abort());
      await new Promise(() => undefined);
    };
    await expect(files.storeUpload(silent(), 'a.png', null, abort.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(readdirSync(join(root, 'objects', '.new'))).toEqual([]);
  });

  it('whose row cannot be written leaves no content', async () => {
    const before = readdirSync(join(root, 'objects', 'imageflow', 'uploads'));
    const doubled = createFilesService({ db: database.db, objects, clock: systemPlatform.clock, ids: { next: () => 'not-an-id' }, limits });
    await expect(doubled.storeUpload(once(await encoded('png')), 'a.png', null, signal)).rejects.toThrow();
    expect(readdirSync(join(root, 'objects', 'imageflow', 'uploads'))).toEqual(before);
  });

  it('works with a store whose files are not on this machine', async () => {
    const remote: ObjectStore = new Proxy(objects, {
      get: (target, name) => {
        if (name === 'localPath') return () => undefined;
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const service = createFilesService({ db: database.db, objects: remote, ...systemPlatform, limits });
    const file = await service.storeUpload(once(await encoded('tiff')), 'a.tif', null, signal);
    expect(file).toMatchObject({ width: 320, height: 240, content_type: 'image/tiff' });
    expect((await service.thumbnails.read(file, 128, signal)).length).toBeGreaterThan(100);
  });
});

describe('the sweep', () => {
  it('removes old content nobody knows of, and nothing else', async () => {
    const known = await store('known.png');
    await files.thumbnails.read(known, 128, signal);
    const old = '01890000-0000-7000-8000-000000000001';
    const options = { contentType: 'image/png', maxBytes: 1000, durable: false };
    const lost = [`uploads/${old}`, `thumbnails/${old}/128.jpg`];
    const kept = [`uploads/${v7()}`, 'uploads/not-an-id', known.object_key, `thumbnails/${known.id}/128.jpg`];
    for (const key of [...lost, kept[0] ?? '', kept[1] ?? '']) await objects.put(key, Buffer.from('x'), options);
    const later = { ...systemPlatform.clock, now: () => known.created_at.getTime() + 1000 };
    expect(await sweep({ db: database.db, objects, clock: later, logger }, signal), 'at the first start').toBe(0);
    expect(await sweep({ db: database.db, objects, clock: later, logger }, signal)).toBe(2);
    for (const key of kept) expect(await objects.head(key), key).toBeDefined();
    for (const key of lost) expect(await objects.head(key), key).toBeUndefined();
  });

  const put = async (store: ObjectStore, name: string, count: number): Promise<readonly string[]> => {
    const keys = Array.from({ length: count }, (_, at) => `uploads/01890000-0000-7000-8000-${String(at).padStart(10, '0')}${name}`);
    for (const key of keys) await store.put(key, Buffer.from('x'), { contentType: 'image/png', maxBytes: 100, durable: false });
    return keys;
  };
  const countOf = async (store: ObjectStore): Promise<number> => {
    let count = 0;
    for await (const _key of store.list('uploads/')) count += 1;
    return count;
  };

  it('with an empty database in front of a full store removes nothing, however often it comes', async () => {
    const full = await openObjects(`folder:${join(root, 'full')}`);
    await put(full, '0a', 3);
    const empty = await openTestDatabase();
    for (let round = 0; round < 3; round += 1)
      expect(await sweep({ db: empty.db, objects: full, clock: systemPlatform.clock, logger }, signal)).toBe(0);
    expect(await countOf(full)).toBe(3);
    await empty.remove();
  });

  it('of either of two installations in one store removes nothing of the other', async () => {
    const shared = await openObjects(`folder:${join(root, 'shared')}`);
    const second = await openTestDatabase();
    const needs = { objects: shared, clock: systemPlatform.clock, logger };
    await sweep({ ...needs, db: database.db }, signal);
    await sweep({ ...needs, db: second.db }, signal);
    await put(shared, '0b', 3);
    for (const { db } of [database, second, database]) expect(await sweep({ ...needs, db }, signal)).toBe(0);
    expect(await countOf(shared)).toBe(3);
    await second.remove();
  });
});

describe('a full disk', () => {
  const mount = join(root, 'small');
  const canMount = process.getuid?.() === 0 && mountSmall(mount);
  afterAll(() => {
    if (canMount) execFileSync('umount', [mount]);
  });

  it.skipIf(!canMount)('refuses what does not fit with 507, keeps nothing of it, and takes what fits', async () => {
    const small = await openObjects(`folder:${mount}`);
    const service = createFilesService({ db: database.db, objects: small, ...systemPlatform, limits });
    const big = async function* (): AsyncGenerator<Uint8Array> {
      yield await encoded('jpeg');
      for (let index = 0; index < 64; index += 1) yield Buffer.alloc(65_536);
    };
    await expect(service.storeUpload(big(), 'big.jpg', null, signal)).rejects.toMatchObject({ code: 'STORE_FULL', status: 507 });
    const left = readdirSync(mount, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(left).toEqual([]);
    const file = await service.storeUpload(once(await encoded('jpeg')), 'small.jpg', null, signal);
    expect((await service.thumbnails.read(file, 256, signal)).length).toBeGreaterThan(100);
  });
});

function mountSmall(path: string): boolean {
  try {
    execFileSync('mkdir', ['-p', path]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
