/** Settings of a service, read once from the environment. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { ImageLimits } from '../image/limits.ts';

export interface ServiceConfig {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Undefined: made from the service's name and address. */
  readonly instanceId: string | undefined;
  readonly objectsUrl: string;
  /** Folder of the user's own models. */
  readonly modelsDir: string;
  readonly limits: ImageLimits;
  /** Calls worked on at the same time, and calls that may wait for their turn. */
  readonly concurrency: number;
  readonly waitingLimit: number;
  /** How long a stop waits for running calls, ms. */
  readonly drainMs: number;
  /** Prometheus metrics over HTTP; undefined = none. */
  readonly metricsPort: number | undefined;
  readonly logLevel: string;
  /** Address of an OTLP/HTTP receiver of traces; undefined = none are made. */
  readonly otlpUrl: string | undefined;
  /** Share of traces that are recorded when they begin here, 0 to 1. */
  readonly traceRatio: number;
  readonly inference: InferenceConfig;
  readonly streams: StreamsConfig;
}

export interface InferenceConfig {
  /** Threads within one run of a model. */
  readonly threads: number;
  /** onnxruntime's execution providers, in order of preference. */
  readonly providers: readonly string[];
  /** The user's models that stay in memory at the same time; the shipped ones always do. */
  readonly loadedModels: number;
  readonly maxModelBytes: number;
}

/** Of the camera-stream service. */
export interface StreamsConfig {
  /** The backend's gRPC server, host:port. */
  readonly backendAddress: string;
  /** Shared with the backend; undefined: the one that the backend keeps in the data folder. */
  readonly serviceKey: string | undefined;
  readonly dataDir: string;
  /** Whether clients need a token. A service that only this machine reaches lets them in without. */
  readonly requiresToken: boolean;
  readonly maxStreams: number;
  readonly maxStreamsPerClient: number;
  readonly maxFrameBytes: number;
  readonly maxFramePixels: number;
  /** For a frame's whole way through the pipeline. */
  readonly frameTimeoutMs: number;
  /** How long a client may leave an answer unread. */
  readonly stallMs: number;
  /** How long a stream may stay without its first frame. */
  readonly firstFrameMs: number;
}

export type ServiceKind = 'resize' | 'ai-detection' | 'filter' | 'camera-stream';

const defaultPorts: Readonly<Record<ServiceKind, number>> = {
  resize: 50051,
  'ai-detection': 50052,
  filter: 50053,
  'camera-stream': 50054,
};

const whole = (fallback: number, minimum = 1) => z.coerce.number().int().min(minimum).default(fallback);

const hostAndPort = z.string().regex(/^.+:\d{1,5}$/, 'must be host:port');

/** Each is described in config.texts.ts. */
export const environment = z.object({
  IMAGEFLOW_LISTEN: hostAndPort.optional(),
  IMAGEFLOW_INSTANCE_ID: z.string().min(1).max(200).optional(),
  IMAGEFLOW_DATA_DIR: z.string().min(1).default('./data'),
  IMAGEFLOW_OBJECTS_URL: z.string().min(1).optional(),
  IMAGEFLOW_MODELS_DIR: z.string().min(1).optional(),
  IMAGEFLOW_MAX_FILE_BYTES: whole(50 * 1024 * 1024),
  IMAGEFLOW_MAX_PIXELS: whole(100_000_000),
  // Each call works on one thread of sharp's pool; one more than the cores hides the time of reading and storing.
  IMAGEFLOW_CONCURRENCY: whole(availableParallelism() + 1),
  IMAGEFLOW_WAITING_LIMIT: whole(64, 0),
  IMAGEFLOW_DRAIN_MS: whole(10_000, 0),
  IMAGEFLOW_METRICS_PORT: z.coerce.number().int().min(0).max(65535).optional(),
  // More than a few threads only wait for each other in small models.
  IMAGEFLOW_INFERENCE_THREADS: whole(Math.min(availableParallelism(), 4)),
  IMAGEFLOW_EXECUTION_PROVIDERS: z
    .string()
    .regex(/^[a-z0-9]+(,[a-z0-9]+)*$/, 'must be names separated by commas, e.g. cuda,cpu')
    .default('cpu'),
  IMAGEFLOW_LOADED_MODELS: whole(4),
  IMAGEFLOW_MAX_MODEL_BYTES: whole(1_000_000_000),
  IMAGEFLOW_BACKEND: hostAndPort.default('127.0.0.1:50050'),
  IMAGEFLOW_SERVICE_KEY: z.string().min(16).max(500).regex(/^\S+$/).optional(),
  IMAGEFLOW_STREAM_TOKENS: z.enum(['required', 'optional']).optional(),
  IMAGEFLOW_MAX_STREAMS: whole(32),
  IMAGEFLOW_MAX_STREAMS_PER_CLIENT: whole(8),
  IMAGEFLOW_MAX_FRAME_BYTES: whole(16 * 1024 * 1024),
  IMAGEFLOW_MAX_FRAME_PIXELS: whole(16_000_000),
  // A service that stands still is found out by its health checks, not by ever longer waits.
  IMAGEFLOW_FRAME_TIMEOUT_MS: whole(1_500),
  IMAGEFLOW_STREAM_STALL_MS: whole(10_000),
  IMAGEFLOW_FIRST_FRAME_MS: whole(10_000),
  IMAGEFLOW_OTLP_URL: z.url({ protocol: /^https?$/ }).optional(),
  IMAGEFLOW_TRACE_RATIO: z.coerce.number().min(0).max(1).default(1),
  IMAGEFLOW_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

export type SettingName = keyof (typeof environment)['shape'];

/** Throws one Error that lists every faulty setting. */
export function parseConfig(kind: ServiceKind, env: Readonly<Record<string, string | undefined>>): ServiceConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`These settings are not valid:\n${faults.join('\n')}`);
  }
  const settings = parsed.data;
  const listen = settings.IMAGEFLOW_LISTEN ?? `127.0.0.1:${defaultPorts[kind]}`;
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon);
  return Object.freeze({
    host,
    port: Number(listen.slice(colon + 1)),
    instanceId: settings.IMAGEFLOW_INSTANCE_ID,
    objectsUrl: settings.IMAGEFLOW_OBJECTS_URL ?? `folder:${join(resolve(settings.IMAGEFLOW_DATA_DIR), 'objects')}`,
    modelsDir: settings.IMAGEFLOW_MODELS_DIR ?? join(resolve(settings.IMAGEFLOW_DATA_DIR), 'models'),
    limits: { maxPixels: settings.IMAGEFLOW_MAX_PIXELS, maxFileBytes: settings.IMAGEFLOW_MAX_FILE_BYTES },
    concurrency: settings.IMAGEFLOW_CONCURRENCY,
    waitingLimit: settings.IMAGEFLOW_WAITING_LIMIT,
    drainMs: settings.IMAGEFLOW_DRAIN_MS,
    metricsPort: settings.IMAGEFLOW_METRICS_PORT,
    otlpUrl: settings.IMAGEFLOW_OTLP_URL,
    traceRatio: settings.IMAGEFLOW_TRACE_RATIO,
    logLevel: settings.IMAGEFLOW_LOG_LEVEL,
    inference: {
      threads: settings.IMAGEFLOW_INFERENCE_THREADS,
      providers: settings.IMAGEFLOW_EXECUTION_PROVIDERS.split(','),
      loadedModels: settings.IMAGEFLOW_LOADED_MODELS,
      maxModelBytes: settings.IMAGEFLOW_MAX_MODEL_BYTES,
    },
    streams: streamsConfig(settings, host),
  });
}

function streamsConfig(settings: z.output<typeof environment>, host: string): StreamsConfig {
  const isLocal = ['127.0.0.1', '::1', '[::1]', 'localhost'].includes(host);
  return Object.freeze({
    backendAddress: settings.IMAGEFLOW_BACKEND,
    serviceKey: settings.IMAGEFLOW_SERVICE_KEY,
    dataDir: resolve(settings.IMAGEFLOW_DATA_DIR),
    requiresToken: (settings.IMAGEFLOW_STREAM_TOKENS ?? (isLocal ? 'optional' : 'required')) === 'required',
    maxStreams: settings.IMAGEFLOW_MAX_STREAMS,
    maxStreamsPerClient: settings.IMAGEFLOW_MAX_STREAMS_PER_CLIENT,
    maxFrameBytes: settings.IMAGEFLOW_MAX_FRAME_BYTES,
    maxFramePixels: settings.IMAGEFLOW_MAX_FRAME_PIXELS,
    frameTimeoutMs: settings.IMAGEFLOW_FRAME_TIMEOUT_MS,
    stallMs: settings.IMAGEFLOW_STREAM_STALL_MS,
    firstFrameMs: settings.IMAGEFLOW_FIRST_FRAME_MS,
  });
}
