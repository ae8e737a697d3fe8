/** gRPC client: watches a stream that another backend runs. */
import * as grpc from '@grpc/grpc-js';
import { AppError } from '@imageflow/core';
import { fromGrpcError, loadServices, type WatchStreamResponse__Output } from '@imageflow/grpc';
import { channelOptions } from '../live/connection.ts';
import type { Watcher } from '../watched.ts';
import { fromWireResult, fromWireStatus } from './messages.ts';

export interface RemoteTerms {
  readonly streamId: string;
  readonly serviceKey: string;
  readonly signal: AbortSignal;
}

export interface RemoteWatcher extends Required<Watcher> {
  onPipeline(pipelineId: string): void;
}

/** A status comes each second: after so long the other machine is gone. */
const silenceMs = 5_000;

/** Resolves when the stream no longer runs there, or on `signal`. @throws AppError SERVICE_UNAVAILABLE, CONFLICT, … which name the address */
export async function watchElsewhere(
  address: string,
  { streamId, serviceKey, signal }: RemoteTerms,
  watcher: RemoteWatcher,
): Promise<void> {
  const client = new (loadServices().StreamRelayService)(address, grpc.credentials.createInsecure(), channelOptions);
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${serviceKey}`);
  const call = client.WatchStream({ stream_id: streamId }, metadata);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const silence = setTimeout(() => reject(unreachable(address)), silenceMs);
  call.on('data', (message: WatchStreamResponse__Output) => {
    silence.refresh();
    take(message, watcher);
  });
  call.on('end', () => resolve());
  call.on('error', (error: grpc.ServiceError) => reject(judge(fromGrpcError(error), address)));
  const stop = (): void => resolve();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', stop);
    call.removeAllListeners('data');
    call.cancel();
    client.close();
  }
}

function take(message: WatchStreamResponse__Output, watcher: RemoteWatcher): void {
  if (message.status) {
    watcher.onPipeline(message.status.pipeline_id);
    watcher.onStatus(fromWireStatus(message.status));
  } else if (message.result) {
    const answer = fromWireResult(message.result);
    if (answer !== undefined) watcher.onAnswer(answer);
  } else if (message.plain_frame) watcher.onPlain(message.plain_frame);
}

function judge(error: AppError, address: string): AppError {
  if (error.code === 'CONFLICT' || error.code === 'UNAUTHENTICATED') {
    const { ja, en } = error.detail;
    return new AppError(error.code === 'CONFLICT' ? 'CONFLICT' : 'SERVICE_UNAVAILABLE', {
      detail: { ja: `${address}: ${ja}`, en: `${address}: ${en}` },
      cause: error,
    });
  }
  return unreachable(address, error);
}

function unreachable(address: string, cause?: AppError): AppError {
  return new AppError('SERVICE_UNAVAILABLE', {
    detail: {
      ja: `このストリームを実行しているバックエンド（${address}）に接続できません。そのバックエンドと IMAGEFLOW_GRPC_ADVERTISE を確認してください`,
      en: `The backend that runs this stream (${address}) cannot be reached. Look at that backend, and at its IMAGEFLOW_GRPC_ADVERTISE`,
    },
    retryAfterSeconds: 5,
    cause,
  });
}
