/** Archived frames of streams over REST. */
import { Readable } from 'node:stream';
import type { Tables } from '@imageflow/adapters/database';
import { streamArchiveRoutes } from '@imageflow/contract';
import { AppError, type ByteRange, type ObjectStore } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import { sendContent } from '../../doors/content.ts';
import { decodeCursor, linkHeaders, toPage, uuidPattern } from '../../doors/page.ts';
import { register } from '../../doors/rest.ts';
import { type ArchiveRow, selectArchived, selectArchivedOne } from './archive.queries.ts';
import { removeArchived } from './archive.upkeep.ts';
import type { StreamsService } from './streams.service.ts';
import { toWireArchived } from './streams.view.ts';

export interface ArchiveRoutesNeeds {
  readonly db: Kysely<Tables>;
  readonly objects: ObjectStore;
  readonly service: StreamsService;
}

/** What an id names never changes. */
const keptForADay = 'private, max-age=86400, immutable';

export function registerArchiveRoutes(app: FastifyInstance, { db, objects, service }: ArchiveRoutesNeeds): void {
  const find = async (streamId: string, id: string): Promise<ArchiveRow> => {
    const row = await selectArchivedOne(db, streamId, id);
    if (row !== undefined) return row;
    throw new AppError('NOT_FOUND', { detail: { ja: `フレーム ${id} は保存されていません`, en: `There is no archived frame ${id}` } });
  };
  const send = async (key: string, contentType: string, signal: AbortSignal) => ({
    status: 200 as const,
    headers: { 'content-type': contentType, 'cache-control': keptForADay },
    body: Readable.from(await objects.stream(key, undefined, signal)),
  });
  register(app, streamArchiveRoutes.listStreamArchive, async ({ params, query, request }) => {
    await service.get(params.id);
    const { limit, cursor, reason, from, to } = query;
    const beforeId = cursor === undefined ? undefined : decodeCursor(cursor, uuidPattern);
    const filter = { limit, beforeId, reason, className: query.class, minConfidence: query.min_confidence, from, to };
    const { items, nextCursor } = toPage(await selectArchived(db, params.id, filter), limit, (row) => row.id);
    const body = { items: items.map(toWireArchived), next_cursor: nextCursor ?? null };
    return { status: 200, headers: linkHeaders(request.url, nextCursor), body };
  });
  register(app, streamArchiveRoutes.getArchivedImage, async ({ params, signal }) => {
    const row = await find(params.id, params.archive_id);
    return send(row.object_key, row.content_type, signal);
  });
  register(app, streamArchiveRoutes.getArchivedThumbnail, async ({ params, signal }) => {
    return send((await find(params.id, params.archive_id)).thumbnail_key, 'image/jpeg', signal);
  });
  register(app, streamArchiveRoutes.getArchivedClip, async ({ params, headers, request, signal }) => {
    const { clip_key: key } = await find(params.id, params.archive_id);
    const info = key === null ? undefined : await objects.head(key);
    if (key === null || info === undefined) throw noClip();
    const content = { info, contentType: 'video/mp4', read: (range: ByteRange | undefined) => objects.stream(key, range, signal) };
    return sendContent(content, { 'cache-control': keptForADay }, headers, request.method === 'HEAD');
  });
  register(app, streamArchiveRoutes.deleteArchived, async ({ params }) => {
    await find(params.id, params.archive_id);
    await removeArchived({ db, objects }, { id: params.archive_id, streamId: params.id });
    return { status: 204 };
  });
}

function noClip(): AppError {
  return new AppError('NOT_FOUND', {
    detail: {
      ja: 'このフレームのクリップはありません（作成中、作成できなかった、または設定されていません）',
      en: 'This frame has no clip: it is still being made, it could not be made, or the stream takes none',
    },
  });
}
