/** The object store of an address: "folder:/absolute/path". */
import { isAbsolute } from 'node:path';
import { AppError, type ObjectStore } from '@imageflow/core';
import { openFolder } from './folder/store.ts';

/** @throws AppError STORE_UNAVAILABLE; VALIDATION_ERROR: unknown address. */
export async function openObjects(url: string): Promise<ObjectStore> {
  const path = url.startsWith('folder:') ? url.slice('folder:'.length) : '';
  if (isAbsolute(path)) return openFolder(path);
  throw new AppError('VALIDATION_ERROR', {
    detail: {
      ja: 'オブジェクトストアのアドレスは folder:<絶対パス> の形で指定してください',
      en: 'Give the address of the object store as folder:<absolute path>',
    },
  });
}
