/** Writes a body to a new file: bounded, abortable, all or nothing. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PutOptions } from '@imageflow/core';
import { abortable, aborted } from '../abort.ts';
import { objectTooLarge } from '../errors.ts';

type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** Path of a complete file in `folder`; after an error there is none. The name tells whose it is (see stale.ts). */
export async function writeTemporary(folder: string, body: Body, options: PutOptions): Promise<string> {
  const path = join(folder, `${process.pid}-${randomUUID()}`);
  const file = await open(path, 'wx');
  try {
    await writeBody(file, body, options);
    if (options.durable) await file.sync();
    await file.close();
    return path;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
    throw error;
  }
}

async function writeBody(file: FileHandle, body: Body, { maxBytes, signal }: PutOptions): Promise<void> {
  if (body instanceof Uint8Array) {
    if (signal?.aborted === true) throw aborted(signal);
    if (body.length > maxBytes) throw objectTooLarge(maxBytes);
    return writeAll(file, body);
  }
  let size = 0;
  for await (const chunk of abortable(body, signal)) {
    size += chunk.length;
    if (size > maxBytes) throw objectTooLarge(maxBytes);
    await writeAll(file, chunk);
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}
