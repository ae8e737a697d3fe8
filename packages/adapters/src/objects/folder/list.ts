/** Keys below a prefix. */
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsent } from './errors.ts';
import { decodeSegment, encodeSegment } from './names.ts';

/** Folder by folder, without holding the names of a large store in memory. */
export async function* listKeys(root: string, prefix: string): AsyncGenerator<string> {
  const segments = prefix.split('/').filter((segment) => segment !== '');
  yield* walk(join(root, ...segments.map(encodeSegment)), prefix);
}

async function* walk(path: string, prefix: string): AsyncGenerator<string> {
  const folder = await opendir(path).catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  if (folder === undefined) return;
  for await (const entry of folder) {
    const key = prefix + decodeSegment(entry.name);
    if (entry.isDirectory()) yield* walk(join(path, entry.name), `${key}/`);
    else yield key;
  }
}
