/** Streams over REST. */
import { discoverCameras } from '@imageflow/adapters/video';
import { streamRoutes } from '@imageflow/contract';
import type { FastifyInstance } from 'fastify';
import { linkHeaders } from '../../doors/page.ts';
import { languageOf } from '../../doors/request-context.ts';
import { register } from '../../doors/rest.ts';
import type { Places } from './live/places.ts';
import { openPreview, previewType } from './preview.ts';
import type { StreamsService } from './streams.service.ts';
import { toWireFound, toWireStatus, toWireStream } from './streams.view.ts';

export interface StreamRoutesNeeds {
  readonly service: StreamsService;
  readonly places: Places;
}

export function registerStreamRoutes(app: FastifyInstance, needs: StreamRoutesNeeds): void {
  registerChanges(app, needs);
  registerReads(app, needs);
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
