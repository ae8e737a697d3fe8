import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, openDatabase } from '@imageflow/adapters/database';
import { loadDatabase } from '@imageflow/adapters/database/backup';
import { copyTestDatabase, scratchFolder } from '@imageflow/adapters/database/testing';
import { openObjects } from '@imageflow/adapters/objects';
import type { ObjectStore } from '@imageflow/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { findPlaces, type Places } from './places.ts';
import { showProgress } from './progress.ts';
import { prune } from './prune.ts';
import { listBackups, readObjects, writeLines } from './repository.ts';
import { restore } from './restore.ts';
import { save } from './save.ts';

const id = (last: number): string => `01890000-0000-7000-8000-${String(last).padStart(12, '0')}`;

let root: string;
/** A small plant, stopped. */
let plant: Places;
let backups: string;
let count = 0;

const otherKeys = ['streams/frame.jpg', 'streams/small.jpg', 'streams/clip.mp4', 'models/mine.onnx'];

const config = readConfig([], {});
const progress = showProgress(config.say);
const placesAt = (name: string): Places => findPlaces(config, join(root, name));
const newFolder = (): string => {
  count += 1;
  return join(root, `folder-${count}`);
};
/** With empty tables: made more quickly than a new one. */
async function emptyPlaces(name: string): Promise<Places> {
  const places = placesAt(name);
  await mkdir(join(places.dataDir, 'database'), { recursive: true });
  await copyTestDatabase(join(places.dataDir, 'database'));
  return places;
}

beforeAll(async () => {
  root = await mkdtemp(join(scratchFolder(), 'imageflow-backup-'));
  plant = await emptyPlaces('plant');
  await furnish(plant);
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(() => {
  backups = newFolder();
});

/** What is hard to bring back: rows that point at each other, numbers from a sequence, odd texts, times below a millisecond. */
async function furnish({ databaseUrl, objectsUrl, dataDir }: Places): Promise<void> {
  const { db, close } = await openDatabase(databaseUrl);
  await sql`insert into users (id, username, display_name, role, password_hash)
            values (${id(1)}, 'anna', E'検査 "A"\n\\ 😀', 'admin', 'x')`.execute(db);
  await sql`insert into pipelines (id, pipeline_id, name, description, current_version) values (${id(2)}, 'p', 'P', '', 1)`.execute(db);
  await sql`insert into pipeline_versions (pipeline, number, definition) values (${id(2)}, 1, '{"深い": [1, 2.5, null, {"a": "b"}]}')`.execute(
    db,
  );
  await sql`insert into executions (id, pipeline, pipeline_version, status, execution_mode, priority, parameters, input_files, sequence, created_at)
            values (${id(3)}, ${id(2)}, 1, 'completed', 'direct_grpc', 1, '{}', ${JSON.stringify([id(4)])}::jsonb, 1, '2026-11-25T01:02:03.456789Z')`.execute(
    db,
  );
  await sql`insert into execution_events (execution_id, sequence, event) values (${id(3)}, 1, '{"type": "x"}')`.execute(db);
  for (let at = 0; at < 1_200; at += 1) {
    await sql`insert into audit (actor_name, operation, resource_type, details) values (${`actor ${at}`}, 'op', 'thing', '{}')`.execute(db);
  }
  const objects = await openObjects(objectsUrl);
  for (const [at, text] of ['one', 'two', 'two'].entries()) {
    const key = `uploads/${id(10 + at)}`;
    await objects.put(key, Buffer.from(text), { contentType: 'image/jpeg', maxBytes: 100, durable: true });
    await sql`insert into files (id, kind, object_key, filename, content_type, size_bytes)
              values (${id(10 + at)}, 'upload', ${key}, 'a.jpg', 'image/jpeg', 3)`.execute(db);
  }
  await furnishOthers(db, objects);
  await objects.put('uploads/nobody-names-me', Buffer.from('?'), { contentType: 'image/jpeg', maxBytes: 100, durable: true });
  await close();
  await mkdir(join(dataDir, 'models'));
  await writeFile(join(dataDir, 'models', 'mine.onnx'), 'model');
  await writeFile(join(dataDir, 'service-key.txt'), 'key');
  await writeFile(join(dataDir, 'secret-key.txt'), 'seal');
}

/** Objects that are named elsewhere than in the table of files: a kept frame with its clip, and a user's model. */
async function furnishOthers(db: Database['db'], objects: ObjectStore): Promise<void> {
  for (const key of otherKeys) await objects.put(key, Buffer.from(key), { contentType: 'image/jpeg', maxBytes: 100, durable: true });
  await sql`insert into streams (id, name, source, pipeline_id, max_fps, archive, enabled) values (${id(20)}, 's', '{}', 'p', 5, '{}', false)`.execute(
    db,
  );
  await sql`insert into stream_archive (id, stream_id, pipeline_id, frame_id, captured_at, reason, classes, detections, object_key, thumbnail_key, clip_key,
                                        content_type, size_bytes, width, height, expires_at)
            values (${id(21)}, ${id(20)}, 'p', 1, now(), 'rule', '[]', '[]', ${otherKeys[0]}, ${otherKeys[1]}, ${otherKeys[2]}, 'image/jpeg', 3, 4, 4, now())`.execute(
    db,
  );
  await sql`insert into settings (key, value) values ('model:mine', ${JSON.stringify({ name: 'mine', object_key: otherKeys[3] })}::jsonb)`.execute(
    db,
  );
}

async function contentOf({ databaseUrl }: Places): Promise<unknown> {
  const { db, close } = await openDatabase(databaseUrl);
  try {
    const { rows } = await sql<{ name: string }>`
      select table_name as name from information_schema.tables where table_schema = 'public' and table_name not like 'kysely%' order by 1`.execute(
      db,
    );
    const tables: Record<string, unknown> = {};
    for (const { name } of rows) {
      tables[name] = (await sql<{ text: string }>`select to_jsonb(t)::text as text from ${sql.table(name)} t order by 1`.execute(db)).rows;
    }
    return tables;
  } finally {
    await close();
  }
}

describe('backup', () => {
  it('comes back whole: rows, numbers that go on, objects, models and keys', async () => {
    const { name, manifest, missing } = await save(plant, backups, progress);
    expect({ missing, objects: manifest.objects.count, backups: await listBackups(backups) }).toEqual({
      missing: 0,
      objects: 7,
      backups: [name],
    });
    const fresh = placesAt('fresh');
    await restore(fresh, backups, name, false, progress);
    expect(await contentOf(fresh)).toEqual(await contentOf(plant));
    const objects = await openObjects(fresh.objectsUrl);
    expect(Buffer.from(await objects.read(`uploads/${id(11)}`, 100)).toString()).toBe('two');
    expect(await objects.head(`uploads/${id(11)}`)).toMatchObject({ contentType: 'image/jpeg' });
    for (const key of otherKeys) expect(Buffer.from(await objects.read(key, 100)).toString()).toBe(key);
    expect(await readFile(join(fresh.dataDir, 'models', 'mine.onnx'), 'utf8')).toBe('model');
    expect(await readFile(join(fresh.dataDir, 'service-key.txt'), 'utf8')).toBe('key');
    expect(await readFile(join(fresh.dataDir, 'secret-key.txt'), 'utf8')).toBe('seal');
    const { db, close } = await openDatabase(fresh.databaseUrl);
    await sql`insert into audit (actor_name, operation, resource_type, details) values ('next', 'op', 'thing', '{}')`.execute(db);
    expect((await sql<{ last: number }>`select max(id) as last from audit`.execute(db)).rows).toEqual([{ last: 1_201 }]);
    await close();
  });

  it('keeps the same bytes once, and does not read again what has not changed', async () => {
    await save(plant, backups, progress);
    const stored = async () => (await readdir(join(backups, 'objects'), { recursive: true })).filter((path) => path.length > 60);
    expect(await stored()).toHaveLength(2 + otherKeys.length);
    // Were it read again, it would be there afterwards with the bytes of the store.
    for (const path of await stored()) await writeFile(join(backups, 'objects', path), 'not read');
    await save(plant, backups, progress);
    for (const path of await stored()) expect(await readFile(join(backups, 'objects', path), 'utf8')).toBe('not read');
  });

  it('is refused before anything is changed when a byte of it is wrong or a part is missing', async () => {
    const { name, manifest } = await save(plant, backups, progress);
    const target = placesAt('never');
    const table = manifest.tables.find((one) => one.name === 'audit')?.path ?? '';
    const parts = [join(name, table), join(name, 'objects.jsonl.gz'), join(name, 'data/models/mine.onnx')];
    for (const part of parts) {
      const damaged = newFolder();
      await cp(backups, damaged, { recursive: true });
      const bytes = await readFile(join(damaged, part));
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      await writeFile(join(damaged, part), bytes);
      await expect(restore(target, damaged, name, false, progress)).rejects.toThrow(/is damaged/);
      await rm(join(damaged, part));
      await expect(restore(target, damaged, name, false, progress)).rejects.toThrow(/is missing/);
    }
    const [object = ''] = (await readdir(join(backups, 'objects'), { recursive: true })).filter((path) => path.length > 60);
    await writeFile(join(backups, 'objects', object), 'other');
    await expect(restore(target, backups, name, false, progress)).rejects.toThrow(/is damaged/);
    await expect(readdir(target.dataDir)).rejects.toThrow('ENOENT');
  });

  it('that was interrupted is not taken for a whole one, and is cleared away by the next', async () => {
    const { name } = await save(plant, backups, progress);
    await cp(join(backups, name), join(backups, `.unfinished-${name}`), { recursive: true });
    await cp(join(backups, name), join(backups, '2026-01-01T00-00-00.000Z'), { recursive: true });
    await rm(join(backups, '2026-01-01T00-00-00.000Z', 'backup.json'));
    expect(await listBackups(backups)).toEqual([name]);
    await save(plant, backups, progress);
    expect((await readdir(backups)).filter((entry) => entry.startsWith('.unfinished'))).toEqual([]);
  });

  it('does not replace what a target holds, unless told to', async () => {
    const { name } = await save(plant, backups, progress);
    const target = await emptyPlaces('used');
    const used = await openDatabase(target.databaseUrl);
    await sql`insert into users (id, username, display_name, role, password_hash) values (${id(9)}, 'bob', 'Bob', 'admin', 'x')`.execute(
      used.db,
    );
    await used.close();
    await expect(restore(target, backups, name, false, progress)).rejects.toThrow(/is not empty/);
    await restore(target, backups, name, true, progress);
    expect(await contentOf(target)).toEqual(await contentOf(plant));
  });

  it.each([
    ['data/../../planted.txt'],
    ['xxxxx../planted.txt'],
    ['data/..\\..\\planted.txt'],
    ['data/C:planted.txt'],
    ['models/mine.onnx'],
  ])('with a file at %s is refused before anything is written', async (path) => {
    const { name } = await save(plant, backups, progress);
    const file = join(backups, name, 'backup.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as { data: { path: string }[] };
    await writeFile(file, JSON.stringify({ ...manifest, data: [{ ...manifest.data[0], path }] }));
    const target = placesAt('confined');
    await expect(restore(target, backups, name, false, progress)).rejects.toThrow(/cannot be read/);
    await expect(readdir(target.dataDir)).rejects.toThrow('ENOENT');
  });

  it.each(['../planted', 'uploads/..\\planted', '/planted'])('with an object at %s is refused before anything is written', async (key) => {
    const { name, manifest } = await save(plant, backups, progress);
    const { value: first } = await readObjects(join(backups, name)).next();
    async function* lines(): AsyncGenerator<string> {
      yield `${JSON.stringify({ ...first, key })}\n`;
    }
    const list = await writeLines(join(backups, name), 'objects.jsonl.gz', lines());
    await writeFile(join(backups, name, 'backup.json'), JSON.stringify({ ...manifest, objects: { ...manifest.objects, ...list } }));
    const target = placesAt('confined');
    await expect(restore(target, backups, name, false, progress)).rejects.toThrow(/not allowed/);
    await expect(readdir(target.dataDir)).rejects.toThrow('ENOENT');
  });

  it('that fails at any table leaves the rows that were there', async () => {
    const target = await emptyPlaces('kept');
    await furnish(target);
    const before = await contentOf(target);
    const refused = ['users', 'audit', 'stream_archive'];
    for (const table of refused) {
      const dump = {
        migration: (await save(plant, newFolder(), progress)).manifest.migration,
        async *rows(name: string) {
          if (name === table) throw new Error(`died at ${table}`);
          yield* [];
        },
      };
      await expect(loadDatabase(target.databaseUrl, dump, { isForced: true })).rejects.toThrow(`died at ${table}`);
      expect(await contentOf(target), table).toEqual(before);
    }
  });

  it('ends every sign-in', async () => {
    const signedIn = placesAt('signed-in');
    await cp(plant.dataDir, signedIn.dataDir, { recursive: true });
    const source = await openDatabase(signedIn.databaseUrl);
    await source.db
      .insertInto('sessions')
      .values({ id: id(30), user_id: id(1), expires_at: new Date(2_000_000_000_000) })
      .execute();
    await source.close();
    const { name } = await save(signedIn, backups, progress);
    const target = placesAt('signed-out');
    await restore(target, backups, name, false, progress);
    const { db, close } = await openDatabase(target.databaseUrl);
    expect(await db.selectFrom('sessions').selectAll().execute()).toEqual([]);
    await close();
  });

  it('of a folder without data says so, and makes none there', async () => {
    const wrong = placesAt('mistyped');
    await expect(save(wrong, backups, progress)).rejects.toThrow(/There is no database/);
    await expect(readdir(wrong.dataDir)).rejects.toThrow('ENOENT');
  });

  it('keeps as many as wanted, and only the objects those name', async () => {
    const changing = placesAt('changing');
    await cp(plant.dataDir, changing.dataDir, { recursive: true });
    await save(changing, backups, progress);
    const { db, close } = await openDatabase(changing.databaseUrl);
    await sql`delete from files where id = ${id(10)}`.execute(db);
    await close();
    const { name } = await save(changing, backups, progress);
    expect(await prune(backups, 1)).toBe(1);
    expect(await listBackups(backups)).toEqual([name]);
    expect((await readdir(join(backups, 'objects'), { recursive: true })).filter((path) => path.length > 60)).toHaveLength(
      1 + otherKeys.length,
    );
    const target = await emptyPlaces('pruned');
    await restore(target, backups, name, false, progress);
    expect(await contentOf(target)).toEqual(await contentOf(changing));
  });
});
