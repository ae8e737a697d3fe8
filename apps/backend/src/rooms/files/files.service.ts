/** Files: images that came in and images that executions made. The content is in the object store, what is known of it in the database. */
import type { Tables } from '@imageflow/adapters/database';
import { AppError, type ByteRange, type Clock, type Ids, type ObjectInfo, type ObjectStore } from '@imageflow/core';
import type { Kysely, Transaction } from 'kysely';
import sharp from 'sharp';
import { type Page, toPage } from '../../doors/page.ts';
import {
  deleteFileRow,
  type FileFilter,
  type FileRow,
  insertFiles,
  lockFile,
  selectFile,
  selectFiles,
  selectUser,
} from './files.queries.ts';
import { cleanName, contentDisposition } from './names.ts';
import { receiveImage } from './receive.ts';
import { createThumbnails, type Thumbnails } from './thumbnails.ts';

export interface FileNeeds {
  readonly db: Kysely<Tables>;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: { readonly maxFileBytes: number; readonly maxPixels: number };
}

/** Content that is opened: it has to be read to its end, or `signal` aborted. */
export interface OpenFile {
  readonly info: ObjectInfo;
  read(range: ByteRange | undefined, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

export interface FilesService {
  /** `receive` and `record` in one. */
  storeUpload(source: AsyncIterable<Uint8Array>, filename: string, callerId: string | null, signal: AbortSignal): Promise<FileRow>;
  /**
   * Checks and stores an image; nobody knows of it until `record`. Whoever does not record it has to `discard` it.
   * @throws AppError UNSUPPORTED_MEDIA, TOO_LARGE, IMAGE_BROKEN, STORE_FULL, STORE_UNAVAILABLE, CANCELLED
   */
  receive(source: AsyncIterable<Uint8Array>, filename: string, callerId: string | null, signal: AbortSignal): Promise<FileRow>;
  /** Makes received files known, all or none; in the caller's transaction when there is one. */
  record(files: readonly FileRow[], transaction?: Transaction<Tables>): Promise<void>;
  /** Removes the content of files that were received and not recorded. */
  discard(files: readonly FileRow[]): Promise<void>;
  /** @throws AppError NOT_FOUND */
  get(id: string): Promise<FileRow>;
  list(filter: FileFilter): Promise<Page<FileRow>>;
  /** @throws AppError NOT_FOUND, OBJECT_NOT_FOUND */
  open(file: FileRow): Promise<OpenFile>;
  /** Where anyone can download it for a while; undefined where clients do not reach the store. */
  link(file: FileRow): Promise<string | undefined>;
  readonly thumbnails: Thumbnails;
  /** @throws AppError NOT_FOUND, CONFLICT while an unfinished execution uses it. */
  remove(id: string): Promise<void>;
}

const linkSeconds = 300;

export function createFilesService(needs: FileNeeds): FilesService {
  const { db, objects } = needs;
  // Its cache holds files open: a deleted one would keep its space, and on Windows could not be deleted.
  sharp.cache(false);
  const thumbnails = createThumbnails(objects);
  const receive: FilesService['receive'] = (source, filename, callerId, signal) => receiveUpload(needs, source, filename, callerId, signal);
  const record: FilesService['record'] = (files, transaction) => insertFiles(transaction ?? db, files);
  const discard: FilesService['discard'] = async (files) => {
    for (const file of files) await objects.delete(file.object_key);
  };
  return {
    receive,
    record,
    discard,
    thumbnails,
    async storeUpload(...upload) {
      const file = await receive(...upload);
      try {
        await record([file]);
        return file;
      } catch (error) {
        await discard([file]);
        throw error;
      }
    },
    async get(id) {
      const file = await selectFile(db, id);
      if (file === undefined) throw unknownFile(id);
      return file;
    },
    async list(filter) {
      return toPage(await selectFiles(db, filter), filter.limit, (file) => file.id);
    },
    async open(file) {
      const info = await objects.head(file.object_key);
      if (info === undefined) throw new AppError('OBJECT_NOT_FOUND');
      return { info, read: (range, signal) => objects.stream(file.object_key, range, signal) };
    },
    link({ object_key, content_type, filename }) {
      const disposition = contentDisposition('attachment', filename);
      return objects.link(object_key, { seconds: linkSeconds, contentType: content_type, disposition });
    },
    async remove(id) {
      const file = await db.transaction().execute((transaction) => removeRow(transaction, id));
      // After the row: a file that is known has its content.
      await objects.delete(file.object_key);
      await thumbnails.remove(file.id);
    },
  };
}

async function receiveUpload(
  needs: FileNeeds,
  source: AsyncIterable<Uint8Array>,
  filename: string,
  callerId: string | null,
  signal: AbortSignal,
): Promise<FileRow> {
  const id = needs.ids.next();
  const key = `uploads/${id}`;
  const image = await receiveImage(key, source, { objects: needs.objects, ...needs.limits }, signal);
  return {
    id,
    kind: 'upload',
    object_key: key,
    filename: cleanName(filename, image.format === 'jpeg' ? 'jpg' : image.format),
    content_type: image.contentType,
    size_bytes: image.sizeBytes,
    width: image.width,
    height: image.height,
    sha256: image.sha256,
    execution_id: null,
    input: null,
    step_id: null,
    created_by: callerId,
    created_at: new Date(needs.clock.now()),
  };
}

async function removeRow(transaction: Transaction<Tables>, id: string): Promise<FileRow> {
  const file = await lockFile(transaction, id);
  if (file === undefined) throw unknownFile(id);
  const user = await selectUser(transaction, file);
  if (user !== undefined) throw inUse(user);
  await deleteFileRow(transaction, id);
  return file;
}

function unknownFile(id: string): AppError {
  return new AppError('NOT_FOUND', {
    detail: { ja: `ファイル ${id} はありません`, en: `There is no file ${id}` },
  });
}

function inUse(executionId: string): AppError {
  return new AppError('CONFLICT', {
    detail: {
      ja: `実行 ${executionId} がこのファイルを使用中です。終了を待つか、キャンセルしてから削除してください`,
      en: `The execution ${executionId} is using this file. Wait for its end, or cancel it, then delete`,
    },
    extensions: { execution_id: executionId },
  });
}
