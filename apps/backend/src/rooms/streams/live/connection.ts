/** Calls of CameraStreamService: one connection an instance, the least busy instance first. */
import * as grpc from '@grpc/grpc-js';
import type { ServicePool } from '@imageflow/adapters/rpc';
import { AppError, type InstanceView } from '@imageflow/core';
import { fromGrpcError, loadServices, neighbourOptions, type ProcessedFrame__Output, type VideoFrame } from '@imageflow/grpc';

const streamService = 'CameraStreamService';

export interface VideoCall {
  /** Sends one frame; what the connection cannot take at once waits in its buffer. */
  write(frame: VideoFrame): void;
  /** Ends the call at once; nothing is heard of it afterwards. */
  cancel(): void;
}

export interface VideoCallEvents {
  readonly onAnswer: (answer: ProcessedFrame__Output) => void;
  /** Once, however it ended. */
  readonly onEnd: (error: AppError) => void;
}

export interface VideoConnections {
  /** `clientId`: places in the service are bounded by it. @throws AppError SERVICE_UNAVAILABLE when no instance can be used. */
  open(clientId: string, events: VideoCallEvents): VideoCall;
  close(): void;
}

export interface VideoConnectionNeeds {
  readonly pool: Pick<ServicePool, 'snapshot'>;
  readonly serviceKey: string;
}

type Client = InstanceType<ReturnType<typeof loadServices>['CameraStreamService']>;

export const channelOptions: grpc.ChannelOptions = {
  ...neighbourOptions,
  'grpc.enable_retries': 0,
};

export function createVideoConnections({ pool, serviceKey }: VideoConnectionNeeds): VideoConnections {
  const clients = new Map<string, { readonly client: Client; calls: number }>();

  function choose(): string {
    const usable = instancesNow().filter(({ status }) => status === 'active' || status === 'busy');
    const load = ({ address }: InstanceView): number => clients.get(address)?.calls ?? 0;
    const best = [...usable].sort((one, other) => load(one) - load(other))[0];
    if (best !== undefined) return best.address;
    throw new AppError('SERVICE_UNAVAILABLE', {
      detail: {
        ja: '映像処理サービス（CameraStreamService）を利用できません',
        en: 'No instance of CameraStreamService can be used',
      },
      retryAfterSeconds: 1,
    });
  }

  const instancesNow = () => pool.snapshot().services.find((service) => service.service === streamService)?.instances ?? [];
  const isKnown = (address: string): boolean => instancesNow().some((instance) => instance.address === address);
  const forget = (address: string): void => {
    clients.get(address)?.client.close();
    clients.delete(address);
  };

  return {
    open(clientId, events) {
      const address = choose();
      const held = clients.get(address) ?? { client: connect(address), calls: 0 };
      clients.set(address, held);
      held.calls += 1;
      return openCall(held.client, serviceKey, clientId, events, () => {
        held.calls -= 1;
        if (held.calls === 0 && !isKnown(address)) forget(address);
      });
    },
    close() {
      for (const { client } of clients.values()) client.close();
      clients.clear();
    },
  };
}

function connect(address: string): Client {
  return new (loadServices().CameraStreamService)(address, grpc.credentials.createInsecure(), channelOptions);
}

function openCall(client: Client, serviceKey: string, clientId: string, events: VideoCallEvents, onOver: () => void): VideoCall {
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${serviceKey}`);
  metadata.set('imageflow-client', clientId);
  const call = client.ProcessVideoStream(metadata);
  let isOver = false;
  const over = (): boolean => {
    if (isOver) return false;
    isOver = true;
    onOver();
    return true;
  };
  call.on('data', (answer: ProcessedFrame__Output) => {
    if (!isOver) events.onAnswer(answer);
  });
  call.on('error', (error: grpc.ServiceError) => {
    if (over()) events.onEnd(judge(fromGrpcError(error)));
  });
  call.on('end', () => {
    if (over()) events.onEnd(gone());
  });
  return {
    write: (frame) => void call.write(frame),
    cancel() {
      over();
      leave(call);
    },
  };
}

/** How long the service may take to end a call whose client is gone. */
const leaveMs = 2_000;

/**
 * Says that nothing more comes, and lets the service end the call. A reset would count against the whole connection: a server ends one with a
 * thousand resets in a short time (HTTP/2 rapid reset), and with it the streams of everybody else.
 */
function leave(call: grpc.ClientDuplexStream<VideoFrame, ProcessedFrame__Output>): void {
  const timer = setTimeout(() => call.cancel(), leaveMs);
  const ended = () => clearTimeout(timer);
  call.once('end', ended).once('error', ended);
  call.end();
}

/** Nobody here cancelled: the service went away. */
function judge(error: AppError): AppError {
  return error.code === 'CANCELLED' ? gone(error) : error;
}

function gone(cause?: AppError): AppError {
  return new AppError('SERVICE_UNAVAILABLE', {
    detail: { ja: '映像処理サービスがストリームを閉じました', en: 'CameraStreamService closed the stream' },
    retryAfterSeconds: 1,
    cause,
  });
}
