/** Settings of a service, read once from the environment. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { ImageLimits } from './image/limits.ts';

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

export type ServiceKind = 'resize' | 'ai-detection' | 'filter';

const defaultPorts: Readonly<Record<ServiceKind, number>> = { resize: 50051, 'ai-detection': 50052, filter: 50053 };

const whole = (fallback: number, minimum = 1) => z.coerce.number().int().min(minimum).default(fallback);

const environment = z.object({
  IMAGEFLOW_LISTEN: z
    .string()
    .regex(/^.+:\d{1,5}$/, 'must be host:port')
    .optional(),
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
  IMAGEFLOW_OTLP_URL: z.url({ protocol: /^https?$/ }).optional(),
  IMAGEFLOW_TRACE_RATIO: z.coerce.number().min(0).max(1).default(1),
  IMAGEFLOW_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

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
  return Object.freeze({
    host: listen.slice(0, colon),
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
  });
}
