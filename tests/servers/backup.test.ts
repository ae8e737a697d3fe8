/** A backup of one column is a way into the other: from a laptop to a server, and back. */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '@imageflow/adapters/database';
import { copyTestDatabase, scratchFolder } from '@imageflow/adapters/database/testing';
import { openObjects } from '@imageflow/adapters/objects';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restore } from '../../apps/cli/src/backup/restore.ts';
import { save } from '../../apps/cli/src/backup/save.ts';
import { findPostgres, type PostgresServer, startPostgres } from '../../scripts/servers/postgres.ts';

const progress = { table: () => undefined, objects: () => undefined, close: () => undefined };
const fileId = '01890000-0000-7000-8000-000000000001';

describe.skipIf(findPostgres() === undefined)('backup', () => {
  let root: string;
  let postgres: PostgresServer;
  beforeAll(async () => {
    root = await mkdtemp(join(scratchFolder(), 'imageflow-moving-'));
    postgres = await startPostgres({ isDurable: false });
  });
  afterAll(async () => {
    await postgres?.remove();
    await rm(root, { recursive: true, force: true });
  });

  const placesAt = (name: string, databaseUrl?: string) => {
    const dataDir = join(root, name);
    const objectsUrl = `folder:${join(dataDir, 'objects')}`;
    return { dataDir, databaseUrl: databaseUrl ?? `pglite:${join(dataDir, 'database')}`, objectsUrl, dataFiles: [] };
  };

  async function contentOf(url: string): Promise<unknown> {
    const { db, close } = await openDatabase(url);
    try {
      const files = await sql`select to_jsonb(f) as row, f.created_at from files f`.execute(db);
      const audit = await sql`select id, actor_name, at from audit order by id`.execute(db);
      return { files: files.rows, audit: audit.rows };
    } finally {
      await close();
    }
  }

  it('moves an embedded installation to PostgreSQL, and back', async () => {
    const laptop = placesAt('laptop');
    await mkdir(join(laptop.dataDir, 'database'), { recursive: true });
    await copyTestDatabase(join(laptop.dataDir, 'database'));
    const { db, close } = await openDatabase(laptop.databaseUrl);
    await sql`insert into files (id, kind, object_key, filename, content_type, size_bytes)
              values (${fileId}, 'upload', 'uploads/1', '検査.jpg', 'image/jpeg', 3)`.execute(db);
    await sql`insert into audit (actor_name, operation, resource_type, details)
              select 'actor ' || n, 'op', 'thing', '{"a": [1, 2.5, "日本語"]}' from generate_series(1, 1500) n`.execute(db);
    await close();
    const objects = await openObjects(laptop.objectsUrl);
    await objects.put('uploads/1', Buffer.from('one'), { contentType: 'image/jpeg', maxBytes: 9, durable: true });

    const first = await save(laptop, join(root, 'backups'), progress);
    const server = placesAt('server', postgres.url);
    await restore(server, join(root, 'backups'), first.name, false, progress);
    expect(await contentOf(server.databaseUrl)).toEqual(await contentOf(laptop.databaseUrl));

    const second = await save(server, join(root, 'backups'), progress);
    const again = placesAt('again');
    await cp(join(laptop.dataDir, 'database'), join(again.dataDir, 'database'), { recursive: true });
    await restore(again, join(root, 'backups'), second.name, true, progress);
    expect(await contentOf(again.databaseUrl)).toEqual(await contentOf(laptop.databaseUrl));
    expect(Buffer.from(await (await openObjects(again.objectsUrl)).read('uploads/1', 9)).toString()).toBe('one');
  });
});
