/** For tests: a stream service with services behind it, the backend's side of its protocol, and clients. */
import * as grpc from '@grpc/grpc-js';
import { AppError } from '@imageflow/core';
import {
  type CameraStreamServiceClient,
  loadServices,
  type PipelineRegistryServiceHandlers,
  type ProcessedFrame__Output,
  toGrpcError,
  type VideoFrame,
} from '@imageflow/grpc';
import { clientOptions, openTestService, type TestService } from '../../testing/service.ts';
import { openProgram } from './program.ts';

export const serviceKey = 'the-service-key-of-the-tests';

export interface TestBackend {
  readonly address: string;
  /** By pipeline_id; a new object is a new version. */
  readonly pipelines: Map<string, object>;
  /** "host:port" by service. */
  readonly instances: Map<string, string>;
  /** Tokens that may stream. */
  readonly tokens: Set<string>;
  close(): void;
}

/** PipelineRegistryService as the backend serves it, with what a test puts into it. */
export async function openTestBackend(): Promise<TestBackend> {
  const [pipelines, instances, tokens] = [new Map<string, object>(), new Map<string, string>(), new Set<string>()];
  const server = new grpc.Server();
  server.addService(loadServices().PipelineRegistryService.service, createHandlers(pipelines, instances, tokens));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, pipelines, instances, tokens, close: () => server.forceShutdown() };
}

function createHandlers(
  pipelines: TestBackend['pipelines'],
  instances: TestBackend['instances'],
  tokens: TestBackend['tokens'],
): PipelineRegistryServiceHandlers {
  const versions = new Map<object, number>();
  return {
    GetPipeline: (call, callback) => {
      if (call.metadata.get('authorization')[0] !== `Bearer ${serviceKey}`) return callback(toGrpcError(new AppError('UNAUTHENTICATED')));
      const { pipeline_id, known_version } = call.request;
      const definition = pipelines.get(pipeline_id);
      if (definition === undefined) return callback(toGrpcError(new AppError('NOT_FOUND')));
      const version = versions.get(definition) ?? versions.size + 1;
      versions.set(definition, version);
      callback(null, {
        id: pipeline_id,
        pipeline_id,
        version,
        definition_json: version === known_version ? '' : JSON.stringify(definition),
      });
    },
    ListInstances: (_call, callback) => {
      const listed = [...instances].map(([service, address]) => ({ instance_id: `${service}-1`, service, address, max_connections: 0 }));
      callback(null, { instances: listed });
    },
    AdmitClient: (call, callback) => {
      const token = call.request.authorization.replace('Bearer ', '');
      if (token === 'of-a-viewer') return callback(toGrpcError(new AppError('FORBIDDEN')));
      if (!tokens.has(token)) return callback(toGrpcError(new AppError('UNAUTHENTICATED')));
      callback(null, { user_id: token, username: token, role: 'inspector' });
    },
  };
}

export interface StreamService extends TestService {
  /** Opens a stream. */
  open(metadata?: grpc.Metadata): TestStream;
}

export async function openStreamService(backend: TestBackend, settings: Readonly<Record<string, string>> = {}): Promise<StreamService> {
  const service = await openTestService('camera-stream', openProgram, {
    IMAGEFLOW_BACKEND: backend.address,
    IMAGEFLOW_SERVICE_KEY: serviceKey,
    ...settings,
  });
  const client = new (loadServices().CameraStreamService)(service.address, grpc.credentials.createInsecure(), clientOptions);
  return {
    ...service,
    open: (metadata = new grpc.Metadata()) => openStream(client, metadata),
    async close() {
      client.close();
      await service.close();
    },
  };
}

export interface TestStream {
  readonly call: ReturnType<CameraStreamServiceClient['ProcessVideoStream']>;
  send(frame: VideoFrame): void;
  /** The next answer; rejects with the stream's error, or when it ends. */
  next(): Promise<ProcessedFrame__Output>;
  /** Sends and awaits the answer. */
  ask(frame: VideoFrame): Promise<ProcessedFrame__Output>;
  /** How the stream ended. */
  readonly status: Promise<grpc.StatusObject>;
}

function openStream(client: CameraStreamServiceClient, metadata: grpc.Metadata): TestStream {
  const call = client.ProcessVideoStream(metadata);
  const answers: ProcessedFrame__Output[] = [];
  const waiting: { resolve: (answer: ProcessedFrame__Output) => void; reject: (error: unknown) => void }[] = [];
  let end: unknown;
  const settle = () => {
    while (waiting.length > 0) {
      const answer = answers.shift();
      if (answer !== undefined) waiting.shift()?.resolve(answer);
      else if (end !== undefined) waiting.shift()?.reject(end);
      else return;
    }
  };
  const status = new Promise<grpc.StatusObject>((resolve) => call.on('status', resolve));
  call.on('data', (answer) => {
    answers.push(answer);
    settle();
  });
  const onEnd = (reason: unknown) => {
    end ??= reason;
    settle();
  };
  call.on('error', onEnd);
  call.on('end', () => onEnd(new Error('the stream has ended')));
  const next = () =>
    new Promise<ProcessedFrame__Output>((resolve, reject) => {
      waiting.push({ resolve, reject });
      settle();
    });
  return {
    call,
    status,
    next,
    send: (frame) => void call.write(frame),
    ask(frame) {
      call.write(frame);
      return next();
    },
  };
}

export interface StepOf {
  readonly step_id: string;
  readonly component: string;
  readonly parameters?: object;
  readonly depends_on?: readonly string[];
}

export function pipelineOf(id: string, steps: readonly StepOf[]): object {
  return {
    pipeline_id: id,
    name: id,
    version: '1',
    description: '',
    execution_mode: 'direct_grpc',
    steps: steps.map(({ step_id, component, parameters = {}, depends_on = [] }) => {
      const [service, method] = component.split('.');
      return { step_id, service, method, parameters, depends_on };
    }),
    error_handling: { strategy: 'fail_fast', rollback_enabled: false, notification_on_failure: false },
    output: {},
  };
}
