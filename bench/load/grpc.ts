/** A camera's frames over gRPC, to the service itself or through a gateway. */
import { credentials, Metadata } from '@grpc/grpc-js';
import { loadServices, messageOptions, type ProcessedFrame__Output } from '@imageflow/grpc';
import type { Answer, Counts, OpenLink } from './camera.ts';

export interface GrpcTarget {
  /** host:port */
  readonly address: string;
  /** PEM of its certificate's authority; undefined: without TLS. */
  readonly authority?: string | undefined;
  readonly accessToken?: string | undefined;
}

export function overGrpc({ address, authority, accessToken }: GrpcTarget, pipelineId: string): OpenLink {
  return async (onAnswer) => {
    const channel = authority === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(authority));
    const client = new (loadServices().CameraStreamService)(address, channel, {
      ...messageOptions,
      'grpc.enable_http_proxy': 0,
      // Otherwise all streams of this process would share one connection, which cameras do not.
      'grpc.use_local_subchannel_pool': 1,
    });
    const metadata = new Metadata();
    if (accessToken !== undefined) metadata.set('authorization', `Bearer ${accessToken}`);
    const call = client.ProcessVideoStream(metadata);
    let counts: Counts = { received: 0, answered: 0, dropped: 0 };
    call.on('data', (answer: ProcessedFrame__Output) => {
      counts = toCounts(answer.processing_stats);
      onAnswer(toAnswer(answer));
    });
    const ended = new Promise<void>((resolve, reject) => {
      call.on('error', reject);
      call.on('end', resolve);
    });
    // Thrown by `end`.
    ended.catch(() => undefined);
    return {
      send: ({ id, jpeg, timestampMs }) =>
        void call.write({
          frame_data: jpeg,
          timestamp_ms: timestampMs,
          frame_id: id,
          metadata: id === 1 ? { pipeline_id: pipelineId, source_id: 'bench' } : {},
        }),
      async end() {
        call.end();
        await ended;
        client.close();
        return counts;
      },
    };
  };
}

function toCounts({ received, answered, dropped }: ProcessedFrame__Output['processing_stats']): Counts {
  return { received: Number(received), answered: Number(answered), dropped: Number(dropped) };
}

function toAnswer({ frame_id, processing_stats, error, detections }: ProcessedFrame__Output): Answer {
  const found = detections.map(({ class_name, bbox_original: box }) => ({
    className: class_name,
    ...(box ?? { x: 0, y: 0, width: 0, height: 0 }),
  }));
  return { id: Number(frame_id), inferMs: Number(processing_stats.infer_ms), error: error?.code, found };
}
