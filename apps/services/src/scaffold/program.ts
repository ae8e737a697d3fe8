/** What a service hands to the scaffold, and what it gets from it. */

import type { handleUnaryCall, Server } from '@grpc/grpc-js';
import type { Detection, ObjectStore } from '@imageflow/core';
import type {
  HealthCheckRequest__Output,
  HealthCheckResponse,
  ImageBytes__Output,
  ImageData__Output,
  ProcessingResult,
} from '@imageflow/grpc';
import type { Logger } from 'pino';
import type { ImageLimits } from '../image/limits.ts';
import type { ComponentOutput, ServiceComponent } from './component.ts';
import type { ServiceConfig } from './config.ts';

/** Each service's folder has a program.ts that exports `openProgram: OpenProgram`. */
export type OpenProgram = (parts: ProgramParts) => Promise<ServiceProgram>;

export interface ProgramParts {
  readonly config: ServiceConfig;
  readonly objects: ObjectStore;
  readonly log: Logger;
}

export interface ServiceProgram {
  /** Used as a step's `service`, e.g. "ResizeService"; also the name of its typed gRPC service. */
  readonly serviceName: string;
  readonly version: string;
  /** By method, e.g. "Resize". */
  readonly components: ReadonlyMap<string, ServiceComponent>;
  /** Adds the typed service (Resize, Detect, …) for outside clients. */
  addTypedRpcs(rpcs: TypedRpcs): void;
  /** Calls besides the gate's, e.g. streams; counted in HealthCheck. */
  connections?(): number;
  /** Ends what would not end by itself, e.g. streams; called when the service is asked to stop. */
  drain?(): Promise<void>;
  close(): Promise<void>;
}

export interface CallContext {
  /** Aborts when the caller cancels, its deadline passes or the service has to stop; the reason is an AppError. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export type Handle<Request, Response> = (request: Request, context: CallContext) => Promise<Response>;

export interface TypedRpcs {
  readonly server: Server;
  readonly limits: ImageLimits;
  /** For image work: call limit, deadline, cancellation, metrics, log, errors. `method` is the rpc's name, for metrics. */
  work<Request, Response>(method: string, handle: Handle<Request, Response>): handleUnaryCall<Request, Response>;
  /** The same without the call limit, for light calls such as lists. */
  light<Request, Response>(method: string, handle: Handle<Request, Response>): handleUnaryCall<Request, Response>;
  /** The HealthCheck that every service answers. */
  readonly healthCheck: handleUnaryCall<HealthCheckRequest__Output, HealthCheckResponse>;
  /** For what is no unary call, e.g. each frame of a stream: health and metrics. `outcome` is "ok", "dropped" or the code of the error. */
  ended(method: string, outcome: string, durationMs: number): void;
  /** Runs one of the program's components for a typed rpc; stores or inlines the image it made. */
  runTyped(call: TypedCall, context: CallContext): Promise<TypedAnswer>;
}

export interface TypedCall {
  readonly method: string;
  readonly input_image: ImageData__Output | null;
  readonly input_bytes: ImageBytes__Output | null;
  /** Checked against the component's schema, defaults filled in. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly detections: readonly Detection[];
  /** "jpeg", "png", …; empty = as the input (JPEG when that cannot be written). */
  readonly output_format: string;
  /** 0 = 90. */
  readonly output_quality: number;
}

export interface TypedAnswer {
  readonly result: ProcessingResult;
  readonly output: ComponentOutput;
}
