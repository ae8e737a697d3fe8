/** The protos as gRPC client and service definitions. Field names are those of the protos (snake_case), enums are strings, 64-bit numbers are numbers. */
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadSync, type Options, type PackageDefinition } from '@grpc/proto-loader';
import type { ProtoGrpcType as AiDetectionTypes } from './gen/ai_detection.ts';
import type { ProtoGrpcType as CameraStreamTypes } from './gen/camera_stream.ts';
import type { ProtoGrpcType as FilterTypes } from './gen/filter.ts';
import type { ProtoGrpcType as PipelineRegistryTypes } from './gen/pipeline_registry.ts';
import type { ProtoGrpcType as ProcessorTypes } from './gen/processor.ts';
import type { ProtoGrpcType as RegistryTypes } from './gen/registry.ts';
import type { ProtoGrpcType as ResizeTypes } from './gen/resize.ts';
import type { ProtoGrpcType as StreamRelayTypes } from './gen/stream_relay.ts';

export * from './faults.ts';
export * from './limits.ts';
export type * from './messages.ts';
export * from './neighbours.ts';
export * from './reflection.ts';

type Services = AiDetectionTypes['imageflow']['v1'] &
  CameraStreamTypes['imageflow']['v1'] &
  FilterTypes['imageflow']['v1'] &
  PipelineRegistryTypes['imageflow']['v1'] &
  ProcessorTypes['imageflow']['v1'] &
  RegistryTypes['imageflow']['v1'] &
  ResizeTypes['imageflow']['v1'] &
  StreamRelayTypes['imageflow']['v1'];

/** Folder that holds imageflow/v1/*.proto. */
export const protoFolder = join(import.meta.dirname, '../proto');

export const protoFiles = [
  'ai_detection',
  'camera_stream',
  'filter',
  'pipeline_registry',
  'processor',
  'registry',
  'resize',
  'stream_relay',
].map((name) => `imageflow/v1/${name}.proto`);

/** Must agree with the generator's options in scripts/generate.ts. */
export const protoOptions: Options = {
  keepCase: true,
  longs: Number,
  enums: String,
  defaults: true,
  arrays: true,
  objects: true,
  oneofs: true,
  includeDirs: [protoFolder],
};

let parsed: PackageDefinition | undefined;
let loaded: Services | undefined;

/** All protos as one package definition, e.g. for server reflection; parsed once per process. */
export function loadPackage(): PackageDefinition {
  parsed ??= loadSync(protoFiles, protoOptions);
  return parsed;
}

/** Client constructors and service definitions of package imageflow.v1. */
export function loadServices(): Services {
  loaded ??= (grpc.loadPackageDefinition(loadPackage()) as unknown as { imageflow: { v1: Services } }).imageflow.v1;
  return loaded;
}
