/** The two sets of parts the platform runs on. Every promise of these tests holds on both. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { copyTestDatabase } from '@imageflow/adapters/database/testing';
import { openObjects } from '@imageflow/adapters/objects';
import { isWithout, type Server, startKafka, startPostgres, startSeaweed } from '../../scripts/servers/index.ts';

export interface Parts {
  /** Settings that lead to them. */
  readonly env: Readonly<Record<string, string>>;
  /** Keys of all stored objects. */
  objects(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface Column {
  readonly name: string;
  /** Its servers are not on this machine, and need not be. */
  readonly isLeftOut: boolean;
  open(dataDir: string): Promise<Parts>;
}

export const embedded: Column = { name: 'embedded', isLeftOut: false, open: openEmbedded };

export const real: Column = {
  name: 'PostgreSQL, S3 and Kafka',
  isLeftOut: isWithout('postgres', 'seaweedfs', 'kafka'),
  open: openReal,
};

export const columns: readonly Column[] = [embedded, real];

async function openEmbedded(dataDir: string): Promise<Parts> {
  await mkdir(join(dataDir, 'database'));
  await copyTestDatabase(join(dataDir, 'database'));
  const folder = join(dataDir, 'objects');
  return { env: { IMAGEFLOW_OBJECTS_URL: `folder:${folder}` }, objects: () => listFiles(folder), close: async () => undefined };
}

/** Of the files themselves, so that an unfinished one is seen too. */
async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.map((file) => file.slice(folder.length + 1)).toSorted();
}

async function openReal(): Promise<Parts> {
  const started = await Promise.allSettled([startPostgres({ isDurable: false }), startSeaweed(), startKafka()]);
  const servers = started.flatMap((each): Server[] => (each.status === 'fulfilled' ? [each.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.remove()));
  };
  const [postgres, s3, kafka] = started;
  if (postgres.status === 'rejected' || s3.status === 'rejected' || kafka.status === 'rejected') {
    await close();
    throw started.find((each) => each.status === 'rejected')?.reason;
  }
  const url = `${s3.value.url()}&downloads=http://127.0.0.1:${s3.value.port}`;
  const env = { IMAGEFLOW_DATABASE_URL: postgres.value.url, IMAGEFLOW_OBJECTS_URL: url, IMAGEFLOW_BUS_URL: kafka.value.url };
  return { env, objects: () => listObjects(url), close };
}

async function listObjects(url: string): Promise<readonly string[]> {
  const store = await openObjects(url);
  try {
    const keys: string[] = [];
    for await (const key of store.list('')) keys.push(key);
    return keys.toSorted();
  } finally {
    await store.close();
  }
}
