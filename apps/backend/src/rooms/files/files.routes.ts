/** Files over REST. */
import { fileRoutes } from '@imageflow/contract';
import { AppError, type ByteRange, type Clock } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import { type Conditions, isNotModified } from '../../doors/conditions.ts';
import { sendContent } from '../../doors/content.ts';
import { decodeCursor, linkHeaders, uuidPattern } from '../../doors/page.ts';
import { register } from '../../doors/rest.ts';
import type { FileRow } from './files.queries.ts';
import type { FilesService } from './files.service.ts';
import { contentDisposition } from './names.ts';
import { thumbnailType } from './thumbnails.ts';
import { type FormNeeds, readUploadForm } from './upload-form.ts';

export interface FileRouteNeeds {
  readonly files: FilesService;
  readonly clock: Clock;
  readonly limits: FormNeeds['limits'];
}

export function registerFileRoutes(app: FastifyInstance, needs: FileRouteNeeds): void {
  const { files } = needs;
  register(app, fileRoutes.uploadFiles, async ({ request, caller, signal }) => {
    const form = await readUploadForm(request, needs, caller.userId, signal);
    if (form.files.length === 0) throw noFiles();
    await recordOrDiscard(files, form.files);
    return { status: 201, body: { items: form.files.map(toWire) } };
  });
  register(app, fileRoutes.listFiles, async ({ query, request }) => {
    const { items, nextCursor } = await files.list({
      limit: query.limit,
      beforeId: query.cursor === undefined ? undefined : decodeCursor(query.cursor, uuidPattern),
      kinds: query.kind === undefined ? ['upload', 'output'] : [query.kind],
      executionId: query.execution_id,
      search: query.search,
    });
    const body = { items: items.map(toWire), next_cursor: nextCursor ?? null };
    return { status: 200, headers: linkHeaders(request.url, nextCursor), body };
  });
  register(app, fileRoutes.getFileMetadata, async ({ params }) => ({ status: 200, body: toWire(await files.get(params.id)) }));
  register(app, fileRoutes.getFile, async ({ params, headers, request, signal }) => {
    const file = await files.get(params.id);
    return send(files, file, isShown(file) ? 'inline' : 'attachment', headers, request.method === 'HEAD', signal);
  });
  register(app, fileRoutes.downloadFile, async ({ params, query, headers, request, signal }) => {
    const file = await files.get(params.id);
    const isHead = request.method === 'HEAD';
    const link = query.direct === 'true' && !isHead ? await files.link(file) : undefined;
    if (link !== undefined) return { status: 307, headers: { location: link, 'cache-control': 'no-store' } };
    return send(files, file, 'attachment', headers, isHead, signal);
  });
  register(app, fileRoutes.getThumbnail, async ({ params, query, headers, signal }) => {
    const file = await files.get(params.id);
    // The content of an id never changes.
    const etag = `"${file.id}-${query.size}"`;
    const cache = { etag, 'cache-control': 'private, max-age=86400' };
    if (isNotModified(headers, { etag, lastModified: file.created_at })) return { status: 304, headers: cache };
    const bytes = await files.thumbnails.read(file, query.size, signal);
    return { status: 200, headers: { ...cache, 'content-type': thumbnailType }, body: bytes };
  });
  register(app, fileRoutes.deleteFile, async ({ params }) => {
    await files.remove(params.id);
    return { status: 204 };
  });
}

async function recordOrDiscard(files: FilesService, received: readonly FileRow[]): Promise<void> {
  try {
    await files.record(received);
  } catch (error) {
    await files.discard(received);
    throw error;
  }
}

/** What a browser may show in place: images it knows. Anything else could be more than it seems. */
function isShown(file: FileRow): boolean {
  return /^image\/(jpeg|png|webp|gif|avif|bmp|tiff)$/.test(file.content_type);
}

async function send(
  files: FilesService,
  file: FileRow,
  disposition: 'inline' | 'attachment',
  conditions: Conditions,
  isHead: boolean,
  signal: AbortSignal,
) {
  const { info, read } = await files.open(file);
  const content = { info, contentType: file.content_type, read: (range: ByteRange | undefined) => read(range, signal) };
  const headers = {
    'content-disposition': contentDisposition(disposition, file.filename),
    // Deleting has to have an effect: a kept copy is asked for again, which costs one 304.
    'cache-control': 'private, no-cache',
  };
  return sendContent(content, headers, conditions, isHead);
}

function toWire(file: FileRow) {
  return {
    file_id: file.id,
    kind: file.kind,
    filename: file.filename,
    content_type: file.content_type,
    size_bytes: file.size_bytes,
    width: file.width,
    height: file.height,
    sha256: file.sha256,
    execution_id: file.execution_id,
    step_id: file.step_id,
    created_by: file.created_by,
    created_at: file.created_at.toISOString(),
    download_url: `/api/v1/files/${file.id}/download`,
    thumbnail_url: `/api/v1/files/${file.id}/thumbnail`,
  };
}

function noFiles(): AppError {
  const message = { ja: '画像ファイルを 1 つ以上添付してください', en: 'Attach at least one image file' };
  return new AppError('VALIDATION_ERROR', { detail: message, faults: [{ field: 'files', message }] });
}
