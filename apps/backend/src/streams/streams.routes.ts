/** Streams over REST. */

import { Readable } from 'node:stream';
import type { Tables } from '@imageflow/adapters/database';
import { discoverCameras } from '@imageflow/adapters/video';
import { streamRoutes } from '@imageflow/api';
import { AppError, type ByteRange, type ObjectStore } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import { sendContent } from '../http/content.ts';
import { decodeCursor, linkHeaders, toPage, uuidPattern } from '../http/cursor.ts';
import { languageOf } from '../http/request-context.ts';
import { register } from '../register.ts';
import { type ArchiveRow, selectArchived, selectArchivedOne } from './archive.queries.ts';
import { removeArchived } from './archive.upkeep.ts';
import type { Places } from './live/places.ts';
import { openPreview, previewType } from './preview.ts';
import type { StreamsService } from './streams.service.ts';
import { toWireArchived, toWireFound, toWireStatus, toWireStream } from './streams.view.ts';

export interface StreamRoutesNeeds {
  readonly db: Kysely<Tables>;
  readonly objects: ObjectStore;
  readonly service: StreamsService;
  readonly places: Places;
}

export function registerStreamRoutes(app: FastifyInstance, needs: StreamRoutesNeeds): void {
  registerChanges(app, needs);
  registerReads(app, needs);
  registerArchive(app, needs);
}

function registerChanges(app: FastifyInstance, { service }: StreamRoutesNeeds): void {
  register(app, streamRoutes.createStream, async ({ body, caller, request, note }) => {
    const view = await service.create(body, caller);
    note(view.row.id);
    const headers = { location: `/api/v1/streams/${view.row.id}` };
    return { status: 201, headers, body: toWireStream(view, languageOf(request)) };
  });
  register(app, streamRoutes.updateStream, async ({ params, body, request }) => {
    return { status: 200, body: toWireStream(await service.update(params.id, body), languageOf(request)) };
  });
  register(app, streamRoutes.deleteStream, async ({ params }) => {
    await service.remove(params.id);
    return { status: 204 };
  });
  register(app, streamRoutes.startStream, async ({ params, request }) => {
    return { status: 200, body: toWireStream(await service.setEnabled(params.id, true), languageOf(request)) };
  });
  register(app, streamRoutes.stopStream, async ({ params, request }) => {
    return { status: 200, body: toWireStream(await service.setEnabled(params.id, false), languageOf(request)) };
  });
  register(app, streamRoutes.restartStream, async ({ params, request }) => {
    return { status: 200, body: toWireStream(await service.restart(params.id), languageOf(request)) };
  });
}

function registerReads(app: FastifyInstance, { service, places }: StreamRoutesNeeds): void {
  register(app, streamRoutes.listStreams, async ({ query, request }) => {
    const { items, nextCursor } = await service.list({ limit: query.limit, cursor: query.cursor });
    const body = { items: items.map((view) => toWireStream(view, languageOf(request))), next_cursor: nextCursor ?? null };
    return { status: 200, headers: linkHeaders(request.url, nextCursor), body };
  });
  // Those who ask at the same time get the same answer.
  let finding: ReturnType<typeof discoverCameras> | undefined;
  register(app, streamRoutes.findCameras, async () => {
    finding ??= discoverCameras().finally(() => {
      finding = undefined;
    });
    return { status: 200, body: { items: (await finding).map(toWireFound) } };
  });
  register(app, streamRoutes.getStream, async ({ params, request }) => {
    return { status: 200, body: toWireStream(await service.get(params.id), languageOf(request)) };
  });
  register(app, streamRoutes.getStreamStatus, async ({ params, request }) => {
    return { status: 200, body: toWireStatus(await service.get(params.id), languageOf(request)) };
  });
  register(app, streamRoutes.previewStream, async ({ params, query, caller, signal }) => {
    const stream = await service.watched(params.id);
    const release = places.take(caller.userId);
    const headers = { 'content-type': previewType, 'cache-control': 'no-store' };
    return { status: 200, headers, body: openPreview(stream, query.fps, signal, release) };
  });
}

/** What an id names never changes. */
const keptForADay = 'private, max-age=86400, immutable';

function registerArchive(app: FastifyInstance, { db, objects, service }: StreamRoutesNeeds): void {
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
  register(app, streamRoutes.listStreamArchive, async ({ params, query, request }) => {
    await service.get(params.id);
    const { limit, cursor, reason, from, to } = query;
    const beforeId = cursor === undefined ? undefined : decodeCursor(cursor, uuidPattern);
    const filter = { limit, beforeId, reason, className: query.class, minConfidence: query.min_confidence, from, to };
    const { items, nextCursor } = toPage(await selectArchived(db, params.id, filter), limit, (row) => row.id);
    const body = { items: items.map(toWireArchived), next_cursor: nextCursor ?? null };
    return { status: 200, headers: linkHeaders(request.url, nextCursor), body };
  });
  register(app, streamRoutes.getArchivedImage, async ({ params, signal }) => {
    const row = await find(params.id, params.archive_id);
    return send(row.object_key, row.content_type, signal);
  });
  register(app, streamRoutes.getArchivedThumbnail, async ({ params, signal }) => {
    return send((await find(params.id, params.archive_id)).thumbnail_key, 'image/jpeg', signal);
  });
  register(app, streamRoutes.getArchivedClip, async ({ params, headers, request, signal }) => {
    const { clip_key: key } = await find(params.id, params.archive_id);
    const info = key === null ? undefined : await objects.head(key);
    if (key === null || info === undefined) throw noClip();
    const content = { info, contentType: 'video/mp4', read: (range: ByteRange | undefined) => objects.stream(key, range, signal) };
    return sendContent(content, { 'cache-control': keptForADay }, headers, request.method === 'HEAD');
  });
  register(app, streamRoutes.deleteArchived, async ({ params }) => {
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
