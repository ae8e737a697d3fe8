/** /ws/camera-stream: a client's own frames, or with ?stream= a camera of the server. */
import { binarySubprotocol } from '@imageflow/contract';
import { AppError, type Clock } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import { uuidPattern } from '../../doors/page.ts';
import { headerText, languageOf } from '../../doors/request-context.ts';
import { prefixes } from '../../doors/rest.ts';
import { type LiveSocket, registerSocket, type SocketCall } from '../../doors/socket.ts';
import type { Form } from './live/answers.ts';
import { runClientSession } from './live/client-session.ts';
import type { VideoConnections } from './live/connection.ts';
import type { Places } from './live/places.ts';
import { runWatchSession } from './live/watch-session.ts';
import type { StreamsService } from './streams.service.ts';

export interface CameraSocketNeeds {
  readonly connections: VideoConnections;
  readonly places: Places;
  readonly service: StreamsService;
  readonly clock: Clock;
}

export function registerCameraSocket(app: FastifyInstance, needs: CameraSocketNeeds): void {
  for (const path of ['/ws/camera-stream', ...prefixes.map((prefix) => `${prefix}/camera-stream`)]) {
    registerSocket(
      app,
      path,
      ({ stream }) => (stream === undefined ? 'streams:run' : 'streams:read'),
      (socket, call) => serve(socket, call, needs),
    );
  }
}

async function serve(socket: LiveSocket, call: SocketCall, needs: CameraSocketNeeds): Promise<void> {
  const { userId } = call.caller;
  const release = needs.places.take(userId);
  socket.closed.addEventListener('abort', release, { once: true });
  const form = formOf(call);
  const language = languageOf(call.request);
  const { stream } = call.query;
  if (stream !== undefined) {
    const watched = await needs.service.watched(readId(stream));
    return runWatchSession(socket, watched, { form, language, clock: needs.clock });
  }
  runClientSession(socket, { clientId: userId, sourceId: call.caller.username, form, language }, needs);
}

function readId(text: string): string {
  const id = text.toLowerCase();
  if (uuidPattern.test(id)) return id;
  throw new AppError('NOT_FOUND', { detail: { ja: `ストリーム ${text} はありません`, en: `There is no stream ${text}` } });
}

function formOf({ request }: SocketCall): Form {
  const offered = headerText(request, 'sec-websocket-protocol')?.split(',') ?? [];
  return offered.some((name) => name.trim() === binarySubprotocol) ? 'binary' : 'json';
}
