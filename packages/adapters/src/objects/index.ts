/** The object store of an address: "folder:/absolute/path", or "s3://bucket?endpoint=…" (see s3/address.ts). */
import { isAbsolute } from 'node:path';
import { AppError, type ObjectStore } from '@imageflow/core';
import { openFolder } from './folder/store.ts';

export { checkKey } from './keys.ts';

/** @throws AppError STORE_UNAVAILABLE; VALIDATION_ERROR: unknown address. */
export async function openObjects(url: string): Promise<ObjectStore> {
  const path = url.startsWith('folder:') ? url.slice('folder:'.length) : '';
  if (isAbsolute(path)) return openFolder(path);
  // Loaded when it is wanted: the client is large, and the embedded platform does without.
  if (url.startsWith('s3://')) return (await import('./s3/store.ts')).openS3(url);
  throw new AppError('VALIDATION_ERROR', {
    detail: {
      ja: 'オブジェクトストアのアドレスは folder:<絶対パス> または s3://<バケット> の形で指定してください',
      en: 'Give the address of the object store as folder:<absolute path> or s3://<bucket>',
    },
  });
}
