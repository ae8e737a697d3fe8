/** gRPC through a gateway's TLS. */
import * as grpc from '@grpc/grpc-js';
import { loadServices, messageOptions, type ProcessedFrame__Output, type VideoFrame } from '@imageflow/grpc';
import { authorityOf, type Gateway } from './gateways.ts';

const raw = (bytes: Buffer): Buffer => bytes;

export interface GrpcCalls {
  readonly services: ReturnType<typeof typedClients>;
  /** Bytes of a protobuf message in and out. */
  call(path: string, request?: Buffer, metadata?: grpc.Metadata): Promise<Buffer>;
  /** A call of reflection that stays open: answers the names of all services for each message. */
  reflect(metadata: grpc.Metadata): grpc.ClientDuplexStream<Buffer, Buffer>;
  close(): void;
}

/** A list of services, asked for of reflection. */
export const listServices = Buffer.from([0x3a, 0]);

export function openCalls(gateway: Gateway): GrpcCalls {
  const credentials = grpc.credentials.createSsl(Buffer.from(authorityOf(gateway)));
  const client = new grpc.Client(gateway.authority, credentials, messageOptions);
  const services = typedClients(gateway.authority, credentials);
  return {
    services,
    call: (path, request = Buffer.alloc(0), metadata = new grpc.Metadata()) =>
      unary<Buffer>((done) => client.makeUnaryRequest(path, raw, raw, request, metadata, { deadline: Date.now() + 20_000 }, done)),
    reflect: (metadata) => client.makeBidiStreamRequest('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', raw, raw, metadata),
    close() {
      client.close();
      for (const service of Object.values(services)) service.close();
    },
  };
}

function typedClients(authority: string, credentials: grpc.ChannelCredentials) {
  const { ResizeService, AIDetectionService, CameraStreamService } = loadServices();
  return {
    resize: new ResizeService(authority, credentials, messageOptions),
    detection: new AIDetectionService(authority, credentials, messageOptions),
    camera: new CameraStreamService(authority, credentials, messageOptions),
  };
}

export function unary<T>(start: (done: (error: grpc.ServiceError | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error === null && value !== undefined ? resolve(value) : reject(error)));
  });
}

export function bearer(token: string, more: Readonly<Record<string, string>> = {}): grpc.Metadata {
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  for (const [name, value] of Object.entries(more)) metadata.set(name, value);
  return metadata;
}

/** The status a call fails with. */
export function statusOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'OK',
    (error: unknown) => grpc.status[(error as grpc.ServiceError).code] ?? String(error),
  );
}

export interface VideoStream {
  /** Sends one frame and waits for its answer. */
  answer(frame: VideoFrame): Promise<ProcessedFrame__Output>;
  end(): Promise<void>;
}

export function openVideo({ services }: GrpcCalls, metadata: grpc.Metadata): VideoStream {
  const stream = services.camera.ProcessVideoStream(metadata);
  const ended = new Promise<void>((resolve, reject) => stream.once('error', reject).once('end', resolve));
  // Told by the answer that does not come.
  ended.catch(() => undefined);
  return {
    answer(frame) {
      const answered = new Promise<ProcessedFrame__Output>((resolve) => stream.once('data', resolve));
      stream.write(frame);
      return Promise.race([answered, ended.then(() => Promise.reject(new Error('the stream ended')))]);
    },
    async end() {
      stream.end();
      await ended;
    },
  };
}
