/**
 * A folder of backups. Objects are kept once, under the SHA-256 of their bytes, however many backups name them:
 *
 *   <folder>/objects/ab/abcdef…             the bytes of one object
 *   <folder>/<backup>/backup.json           what is in it (see Manifest); last written: a folder without it is no backup
 *   <folder>/<backup>/database/<table>.jsonl.gz
 *   <folder>/<backup>/objects.jsonl.gz      key, content type, size, SHA-256 of each object
 *   <folder>/<backup>/data/…                files of the data folder: key, models
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { checkKey } from '@imageflow/adapters/objects';
import { z } from 'zod';
import { Stop } from '../exit.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const isSafeKey = (key: string): boolean => {
  try {
    checkKey(key);
    return true;
  } catch {
    return false;
  }
};
/** A path below one folder of the backup, without a way out of it on any system: no "..", no backslash, no drive. */
const below = (folder: string) => z.string().refine((text) => text.startsWith(folder) && isSafeKey(text) && !text.includes(':'));
const facts = { bytes: z.int().min(0), sha256: digest };

const manifest = z.object({
  format: z.literal(1),
  created_at: z.iso.datetime(),
  program_version: z.string(),
  /** Of the tables. */
  migration: z.string().min(1),
  tables: z.array(z.object({ path: below('database/'), ...facts, name: z.string().regex(/^[a-z_]+$/), rows: z.int().min(0) })),
  objects: z.object({ path: z.literal('objects.jsonl.gz'), ...facts, count: z.int().min(0), total_bytes: z.int().min(0) }),
  data: z.array(z.object({ path: below('data/'), ...facts })),
});

export type Manifest = z.infer<typeof manifest>;
export interface SavedFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

const savedObject = z.object({
  key: z.string().refine(isSafeKey),
  content_type: z.string(),
  bytes: z.int().min(0),
  etag: z.string(),
  sha256: digest,
});

export type SavedObject = z.infer<typeof savedObject>;

const manifestName = 'backup.json';

/** Names of whole backups, oldest first. */
export async function listBackups(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory() && /^\d{4}-\d{2}-\d{2}T/.test(entry.name)).map(({ name }) => name);
  const whole = await Promise.all(
    names.map((name) =>
      access(join(folder, name, manifestName)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return names.filter((_name, at) => whole[at]).sort();
}

export async function readManifest(backup: string): Promise<Manifest> {
  const text = await readFile(join(backup, manifestName), 'utf8').catch((cause: unknown) => {
    throw new Stop('failed', `${backup} はバックアップではありません`, `${backup} is not a backup`, cause);
  });
  try {
    return manifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new Stop(
      'failed',
      `${backup} を読めません。新しい版のプログラムで作られたものか、壊れています`,
      `${backup} cannot be read: it is of a later version of this program, or damaged`,
      cause,
    );
  }
}

export async function* readObjects(backup: string): AsyncGenerator<SavedObject> {
  for await (const line of readLines(join(backup, 'objects.jsonl.gz'))) yield parseObject(backup, line);
}

function parseObject(backup: string, line: string): SavedObject {
  try {
    return savedObject.parse(JSON.parse(line));
  } catch (cause) {
    throw new Stop(
      'failed',
      `${backup} の objects.jsonl.gz に使えない行があります。このバックアップは戻せません`,
      `objects.jsonl.gz in ${backup} has a line that is not allowed: this backup cannot be restored`,
      cause,
    );
  }
}

export async function* readLines(file: string): AsyncGenerator<string> {
  const source = createReadStream(file);
  const lines = createInterface({ input: source.pipe(createGunzip()), crlfDelay: Number.POSITIVE_INFINITY });
  try {
    yield* lines;
  } finally {
    lines.close();
    source.destroy();
  }
}

/** Writes lines, compressed, and answers what was written. */
export async function writeLines(backup: string, name: string, lines: AsyncIterable<string>): Promise<SavedFile> {
  return writeFileOf(backup, name, Readable.from(lines).pipe(createGzip()));
}

export async function writeFileOf(backup: string, name: string, source: AsyncIterable<Uint8Array>): Promise<SavedFile> {
  const target = join(backup, name);
  await mkdir(join(target, '..'), { recursive: true, mode: 0o700 });
  const counter = createCounter();
  await pipeline(source, counter.through, createWriteStream(target, { mode: 0o600, flush: true }));
  return { path: name, ...counter.facts() };
}

export const objectPath = (folder: string, sha256: string): string => join(folder, 'objects', sha256.slice(0, 2), sha256);

/** Stores the bytes under their own digest, unless they are there. */
export async function keepObject(folder: string, source: AsyncIterable<Uint8Array>): Promise<{ bytes: number; sha256: string }> {
  const fresh = join(folder, 'objects', `.new-${randomUUID()}`);
  const counter = createCounter();
  try {
    await pipeline(source, counter.through, createWriteStream(fresh, { mode: 0o600, flush: true }));
    const facts = counter.facts();
    const target = objectPath(folder, facts.sha256);
    await mkdir(join(target, '..'), { recursive: true, mode: 0o700 });
    await rename(fresh, target);
    return facts;
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

/** @throws Stop when the bytes are not those that were saved. */
export async function checkFile(file: string, saved: { readonly sha256: string }): Promise<void> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk);
  } catch (cause) {
    throw new Stop('failed', `${file} がありません`, `${file} is missing`, cause);
  }
  if (hash.digest('hex') === saved.sha256) return;
  throw new Stop('failed', `${file} は壊れています（SHA-256 が一致しません）`, `${file} is damaged (its SHA-256 differs)`);
}

function createCounter(): { readonly through: Transform; facts(): { bytes: number; sha256: string } } {
  const hash = createHash('sha256');
  let bytes = 0;
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { through, facts: () => ({ bytes, sha256: hash.digest('hex') }) };
}
