/** What every object store promises. Each adapter's test runs it. */
import { AppError, type ErrorCode, type ObjectStore, type PutOptions } from '@imageflow/core';
import { describe, expect, it } from 'vitest';

export interface StoreUnderTest {
  /** Another handle on the same objects, as another process would have it. */
  open(): Promise<ObjectStore>;
}

const options: PutOptions = { contentType: 'image/png', maxBytes: 1_000_000, durable: true };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield bytes(part);
}

async function textOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys.sort();
}

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | 'no error'> {
  return work.then(
    () => 'no error',
    (error: unknown) => {
      if (error instanceof AppError) return error.code;
      throw error;
    },
  );
}

export function describeObjectStore(name: string, setUp: () => Promise<StoreUnderTest>): void {
  describe(`object store: ${name}`, () => {
    let count = 0;
    /** The tests share a store; each has keys of its own. */
    const fresh = async () => {
      const under = await setUp();
      count += 1;
      return { under, store: await under.open(), root: `contract/${count}` };
    };

    it('gives back the bytes, the size and the type it was given', async () => {
      const { store, root } = await fresh();
      const put = await store.put(`${root}/a`, bytes('hello'), options);
      const head = await store.head(`${root}/a`);
      expect(Buffer.from(await store.read(`${root}/a`, 100)).toString()).toBe('hello');
      expect(head).toMatchObject({ sizeBytes: 5, contentType: 'image/png' });
      expect({ ...put, lastModified: head?.lastModified }).toEqual(head);
      expect(head?.etag).toMatch(/^"[^"]+"$/);
      expect(Math.abs((head?.lastModified.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    });

    it('shows what one handle stored to every other', async () => {
      const { under, store, root } = await fresh();
      await store.put(`${root}/a.ppm`, bytes('x'), { ...options, contentType: 'image/x-portable-pixmap', durable: false });
      const other = await under.open();
      expect(await other.head(`${root}/a.ppm`)).toMatchObject({ contentType: 'image/x-portable-pixmap' });
    });

    it('stores a stream of unknown length, and an empty one', async () => {
      const { store, root } = await fresh();
      await store.put(`${root}/stream`, chunks('one ', '', 'two ', 'three'), options);
      await store.put(`${root}/empty`, chunks(), options);
      expect(await textOf(await store.stream(`${root}/stream`))).toBe('one two three');
      expect(await textOf(await store.stream(`${root}/empty`))).toBe('');
    });

    it('replaces an object as a whole, and its type with it', async () => {
      const { store, root } = await fresh();
      await store.put(`${root}/a.jpg`, bytes('first, and longer'), options);
      const before = await store.head(`${root}/a.jpg`);
      await store.put(`${root}/a.jpg`, bytes('second'), { ...options, contentType: 'image/jpeg' });
      const after = await store.head(`${root}/a.jpg`);
      expect(Buffer.from(await store.read(`${root}/a.jpg`, 100)).toString()).toBe('second');
      expect(after).toMatchObject({ sizeBytes: 6, contentType: 'image/jpeg' });
      expect(after?.etag).not.toBe(before?.etag);
    });

    it('reads ranges, clamps their end and refuses a start behind the object', async () => {
      const { store, root } = await fresh();
      await store.put(`${root}/a`, bytes('0123456789'), options);
      expect(await textOf(await store.stream(`${root}/a`, { start: 2, end: 4 }))).toBe('234');
      expect(await textOf(await store.stream(`${root}/a`, { start: 8, end: 100 }))).toBe('89');
      expect(await codeOf(store.stream(`${root}/a`, { start: 10, end: 11 }))).toBe('RANGE_NOT_SATISFIABLE');
    });

    it('refuses a body over the limit and leaves nothing of it', async () => {
      const { store, root } = await fresh();
      expect(await codeOf(store.put(`${root}/a`, bytes('12345'), { ...options, maxBytes: 4 }))).toBe('OBJECT_TOO_LARGE');
      expect(await codeOf(store.put(`${root}/b`, chunks('123', '45'), { ...options, maxBytes: 4 }))).toBe('OBJECT_TOO_LARGE');
      await store.put(`${root}/c`, chunks('12', '34'), { ...options, maxBytes: 4 });
      expect(await keysOf(store, `${root}/`)).toEqual([`${root}/c`]);
    });

    it('keeps the old object when a new body fails', async () => {
      const { store, root } = await fresh();
      await store.put(`${root}/a`, bytes('old'), options);
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield bytes('new');
        throw new Error('the sender went away');
      };
      await expect(store.put(`${root}/a`, failing(), options)).rejects.toThrow('the sender went away');
      expect(Buffer.from(await store.read(`${root}/a`, 100)).toString()).toBe('old');
      expect(await store.head(`${root}/a`)).toMatchObject({ contentType: 'image/png', sizeBytes: 3 });
    });

    it('stops at once when aborted, even while the source is silent, and leaves nothing', async () => {
      const { store, root } = await fresh();
      const abort = new AbortController();
      const silent = async function* (): AsyncGenerator<Uint8Array> {
        yield bytes('part');
        queueMicrotask(() => abort.abort());
        await new Promise(() => undefined);
      };
      expect(await codeOf(store.put(`${root}/a`, silent(), { ...options, signal: abort.signal }))).toBe('CANCELLED');
      expect(await codeOf(store.put(`${root}/b`, bytes('x'), { ...options, signal: abort.signal }))).toBe('CANCELLED');
      expect(await keysOf(store, `${root}/`)).toEqual([]);
    });

    it('answers OBJECT_NOT_FOUND, or undefined, for what is not there', async () => {
      const { store, root } = await fresh();
      await store.put(`${root}/folder/a`, bytes('x'), options);
      for (const key of [`${root}/nothing`, `${root}/folder`, `${root}/folder/a/b`]) {
        expect(await codeOf(store.read(key, 100))).toBe('OBJECT_NOT_FOUND');
        expect(await codeOf(store.stream(key))).toBe('OBJECT_NOT_FOUND');
        expect(await store.head(key)).toBeUndefined();
      }
    });

    it('refuses to read an object larger than the reader allows', async () => {
      const { store, root } = await fresh();
      await store.put(`${root}/a`, bytes('12345'), options);
      expect(await codeOf(store.read(`${root}/a`, 4))).toBe('OBJECT_TOO_LARGE');
      expect(await codeOf(store.read(`${root}/a`, 5))).toBe('no error');
    });

    it('deletes, and does not mind when there is nothing to delete', async () => {
      const { store, root } = await fresh();
      await store.put(`${root}/a`, bytes('x'), options);
      await store.delete(`${root}/a`);
      await store.delete(`${root}/a`);
      expect(await store.head(`${root}/a`)).toBeUndefined();
    });

    it('lists the keys below a prefix, at any depth', async () => {
      const { store, root } = await fresh();
      for (const key of ['a/1', 'a/b/2', 'ab/3']) await store.put(`${root}/${key}`, bytes('x'), options);
      expect(await keysOf(store, `${root}/a/`)).toEqual([`${root}/a/1`, `${root}/a/b/2`]);
      expect(await keysOf(store, `${root}/none/`)).toEqual([]);
    });

    it('keeps keys apart that a file system could confuse', async () => {
      const { store, root } = await fresh();
      const keys = ['画像 1', 'con', 'nul.txt', 'dot.', 'a:b', 'a%3Ab', 'q?*"<>|'].map((name) => `${root}/${name}`);
      for (const key of keys) await store.put(key, bytes(key), options);
      for (const key of keys) expect(Buffer.from(await store.read(key, 200)).toString()).toBe(key);
      expect(await keysOf(store, `${root}/`)).toEqual([...keys].sort());
    });

    it('refuses keys that could leave the bucket', async () => {
      const { store } = await fresh();
      for (const key of ['', '/a', 'a/', 'a//b', '../a', 'a/../../b', 'a/.', 'a\\..\\b', 'a\u0000b', 'x'.repeat(1025)]) {
        expect(await codeOf(store.put(key, bytes('x'), options)), key).toBe('VALIDATION_ERROR');
        expect(await codeOf(store.head(key)), key).toBe('VALIDATION_ERROR');
      }
      expect(await codeOf(keysOf(store, '../'))).toBe('VALIDATION_ERROR');
    });

    it('shows readers a whole object while it is replaced again and again', async () => {
      const { store, root } = await fresh();
      const body = (letter: string): Uint8Array => bytes(letter.repeat(100_000));
      await store.put(`${root}/a`, body('a'), options);
      const writers = ['b', 'c', 'd'].map((letter) => store.put(`${root}/a`, body(letter), { ...options, durable: false }));
      const reads = await Promise.all(Array.from({ length: 8 }, async () => Buffer.from(await store.read(`${root}/a`, 1_000_000))));
      await Promise.all(writers);
      for (const read of reads) expect(read.equals(body(String.fromCharCode(read[0] ?? 0)))).toBe(true);
    });

    it('says that it can be used', async () => {
      const { store } = await fresh();
      await store.check();
      expect(store.bucket).toBe('imageflow');
    });
  });
}
