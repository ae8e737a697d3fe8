/**
 * Content types. A key's extension says it, else the first bytes of an image; any other type is kept in a small file of its own,
 * written before the object appears and removed after it is gone.
 */
import { closeSync, existsSync, openSync, readSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sniffBytes, sniffFormat } from '@imageflow/core';
import { isAbsent } from './errors.ts';

const byExtension: Readonly<Record<string, string>> = {
  ppm: 'image/x-portable-pixmap',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
  tiff: 'image/tiff',
  json: 'application/json',
  onnx: 'application/octet-stream',
};

const unknownType = 'application/octet-stream';

/** `content` is the object's file, wherever it is now. */
export async function keepType(path: string, key: string, content: string, contentType: string): Promise<void> {
  if (contentType !== impliedType(key, content)) return writeType(path, contentType);
  // Nearly always there is none, and asking costs next to nothing.
  if (existsSync(path)) await rm(path, { force: true });
}

/** A few bytes: in place (see write.ts). */
async function writeType(path: string, contentType: string): Promise<void> {
  try {
    writeFileSync(path, contentType);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    await mkdir(dirname(path), { recursive: true });
    writeFileSync(path, contentType);
  }
}

export async function readType(path: string, key: string, content: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return impliedType(key, content);
    throw error;
  }
}

function impliedType(key: string, content: string): string {
  return byExtension[key.slice(key.lastIndexOf('.') + 1).toLowerCase()] ?? typeOfContent(content);
}

function typeOfContent(path: string): string {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(sniffBytes);
    const format = sniffFormat(head.subarray(0, readSync(file, head)));
    return format === undefined ? unknownType : `image/${format}`;
  } finally {
    closeSync(file);
  }
}
