/** StreamRelayService: another backend watches a stream that runs here, for its own clients. */
import type { Server, ServerWritableStream } from '@grpc/grpc-js';
import { AppError } from '@imageflow/core';
import { loadServices, type StreamRelayServiceHandlers, toGrpcError, type WatchStreamResponse } from '@imageflow/grpc';
import type { Logger } from 'pino';
import { uuidPattern } from '../../../doors/page.ts';
import { requireServiceKey } from '../../pool/service-caller.ts';
import type { ServiceKey } from '../../pool/service-key.ts';
import type { Watched } from '../watched.ts';
import { toWireResult, toWireStatus } from './messages.ts';

export interface StreamRelayNeeds {
  /** Of the streams that run here. */
  readonly find: (id: string) => Watched | undefined;
  readonly serviceKey: ServiceKey;
  readonly logger: Logger;
  /** Ends all calls: the server would wait for them. */
  readonly signal: AbortSignal;
}

type Call = Pick<ServerWritableStream<unknown, WatchStreamResponse>, 'write' | 'end' | 'on' | 'emit' | 'cancelled'>;

const statusMs = 1_000;

/** Answers the service's name. */
export function addStreamRelay(server: Server, needs: StreamRelayNeeds): string {
  const handlers: StreamRelayServiceHandlers = {
    WatchStream(call) {
      try {
        requireServiceKey(call.metadata, needs.serviceKey);
        const id = call.request.stream_id;
        const stream = uuidPattern.test(id) && !needs.signal.aborted ? needs.find(id) : undefined;
        if (stream === undefined) throw elsewhere();
        relay(call, stream, needs.signal);
      } catch (thrown) {
        const error = thrown instanceof AppError ? thrown : new AppError('INTERNAL', { cause: thrown });
        if (error.status >= 500) needs.logger.error({ err: error }, 'a stream cannot be relayed');
        call.emit('error', toGrpcError(error));
      }
    },
  };
  server.addService(loadServices().StreamRelayService.service, handlers);
  return 'imageflow.v1.StreamRelayService';
}

/** One message is on its way at a time; meanwhile the newest of each kind waits, and older ones give way. */
function relay(call: Call, stream: Watched, signal: AbortSignal): void {
  let status: WatchStreamResponse | undefined;
  let picture: WatchStreamResponse | undefined;
  let isBusy = false;
  let isOver = false;

  function pump(): void {
    const next = status ?? picture;
    if (isBusy || isOver || next === undefined) return;
    if (next === status) status = undefined;
    else picture = undefined;
    isBusy = true;
    call.write(next, () => {
      isBusy = false;
      pump();
    });
  }
  const tell = (): void => {
    status = { status: toWireStatus(stream) };
    pump();
  };
  const show = (message: WatchStreamResponse): void => {
    picture = message;
    pump();
  };
  function stop(): void {
    if (isOver) return;
    isOver = true;
    clearInterval(timer);
    unwatch();
    signal.removeEventListener('abort', end);
  }
  function end(): void {
    stop();
    if (!call.cancelled) call.end();
  }

  const unwatch = stream.watch({
    onAnswer: (answer) => show({ result: toWireResult(answer) }),
    onPlain: (frame) => show({ plain_frame: frame }),
    onStatus: ({ state }) => (state === 'stopped' ? end() : tell()),
  });
  const timer = setInterval(tell, statusMs);
  call.on('cancelled', stop);
  call.on('error', stop);
  signal.addEventListener('abort', end, { once: true });
  tell();
}

function elsewhere(): AppError {
  return new AppError('CONFLICT', {
    detail: { ja: 'このストリームはこのバックエンドでは動いていません', en: 'This stream does not run on this backend' },
    retryable: true,
  });
}
